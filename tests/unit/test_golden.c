/* SPDX-License-Identifier: MIT */
/* The models of every release so far are read, and give the bits that they gave then, by every
 * kernel table of this machine. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"

/* Lines of `sha256  model`.  Returns how many. */
static int check_folder(const char *folder) {
    const tt_kernels *const tables[] = {tt_kernels_c(), tt_kernels_avx2(), tt_kernels_avx512(),
                                        tt_kernels_best()};
    size_t len;
    char *digests = golden_file(folder, "digests", &len), hex[SHA256_HEX];
    int models = 0;
    for (char *line = digests, *end; *line != '\0'; line = end + 1, models++) {
        end = strchr(line, '\n');
        assert_true(end != NULL && end - line > SHA256_HEX + 1);
        *end = line[SHA256_HEX - 1] = '\0';
        const char *name = line + SHA256_HEX + 1;
        for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
            if (tables[i] != NULL) {
                golden_digest(folder, name, tables[i], hex);
                if (strcmp(hex, line) != 0) {
                    fail_msg("%s/%s: table %zu gives %s, not %s", folder, name, i, hex, line);
                }
            }
        }
    }
    free(digests);
    return models;
}

static void every_release_gives_its_bits(void **state) {
    DIR *root = opendir("tests/golden");
    int folders = 0;
    (void)state;
    assert_non_null(root);
    for (struct dirent *entry; (entry = readdir(root)) != NULL;) {
        char folder[512];
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') {
            continue;
        }
        snprintf(folder, sizeof folder, "tests/golden/%s", entry->d_name);
        assert_int_equal(check_folder(folder), 2); /* both recipes */
        folders++;
    }
    closedir(root);
    assert_true(folders > 0);
}

/* A digest that never differs would show nothing: another model gives another. */
static void another_model_has_another_digest(void **state) {
    char shared[SHA256_HEX], mlp[SHA256_HEX];
    (void)state;
    golden_digest("tests/golden/0.1.0", "shared.onnx", tt_kernels_c(), shared);
    golden_digest("tests/golden/0.1.0", "mlp.onnx", tt_kernels_c(), mlp);
    assert_string_not_equal(shared, mlp);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_release_gives_its_bits),
        cmocka_unit_test(another_model_has_another_digest),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Nothing but a file is an input: a pipe that nobody writes to would be waited for. */
#include "base/fail.h"
#include "base/file.h"
#include "base/output.h"
#include "format/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void says(int got, const char *part) {
    assert_int_equal(got, TW_INPUT);
    if (!strstr(fail_text(), part))
        fail_msg("'%s' does not hold '%s'", fail_text(), part);
    fail_clear();
}

static void pipes_and_devices_are_no_inputs(void **state) {
    (void)state;
    static const char *const no_file[][2] = {{"pipe", "pipe: is a pipe, and a file is expected"},
                                             {"link", "link: is a pipe, and a file is expected"},
                                             {"/dev/zero", "/dev/zero: is a device"},
                                             {"/dev/full", "/dev/full: is a device"}};
    char folder[] = "/tmp/test_file.XXXXXX", hex[SHA256_HEX], *bytes;
    uint64_t size;
    size_t len;
    int fd;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(mkfifo("pipe", 0666), 0);
    assert_int_equal(symlink("pipe", "link"), 0);
    for (size_t i = 0; i < sizeof no_file / sizeof *no_file; i++) {
        const char *path = no_file[i][0], *part = no_file[i][1];
        says(file_open(&fd, path), part);
        assert_int_equal(fd, -1);
        says(file_read(path, 100, &bytes, &len), part);
        says(output_copy(path, "copy"), part);
        says(sha256_file(path, hex, &size), part);
    }
    assert_int_equal(access("copy", F_OK), -1);
    assert_int_equal(unlink("pipe"), 0);
    assert_int_equal(file_open(&fd, "pipe"), TW_IO);
    fail_clear();
    assert_int_equal(unlink("link"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(pipes_and_devices_are_no_inputs)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

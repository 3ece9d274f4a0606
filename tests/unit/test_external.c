/* SPDX-License-Identifier: MIT */
/* Weights in MODEL.onnx.data: which files are taken, and which refused. */
#define _DEFAULT_SOURCE /* mkdtemp */
#include "base/fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "onnx_text.h"
#include "serving/model_file.h"

#define SHAPE "2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:2 } } } } "
static const char text[] =
    "1:8 8{ 2:13 } 7{ 1{ 4\"Gemm\" 1\"item_x\" 1\"w\" 2\"o\" } "
    "1{ 4\"LpNormalization\" 1\"o\" 2\"item_embedding\" } 5{ 1:2 1:2 2:1 8\"w\" "
    "13{ 1\"location\" 2\"m.onnx.data\" } 13{ 1\"offset\" 2\"4\" } 13{ 1\"length\" 2\"16\" } "
    "14:1 } 11{ 1\"item_x\" " SHAPE "} 12{ 1\"item_embedding\" " SHAPE "} } ";
static const float data[5] = {9, 3, 0, 0, 4};

static void put(const char *path, const void *bytes, size_t len) {
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(bytes, 1, len, to), len);
    assert_int_equal(fclose(to), 0);
}

/* A folder of its own with m.onnx in it, which is the working directory. */
static int enter(void **state) {
    static char folder[] = "/tmp/twotower-external-XXXXXX";
    static uint8_t bytes[1024];
    struct coder coder = {text, bytes, 0, SIZE_MAX};
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    put_fields(&coder);
    put("m.onnx", bytes, coder.len);
    *state = folder;
    return 0;
}

static int leave(void **state) {
    unlink("m.onnx");
    return chdir("/") || rmdir(*state);
}

static void expect(int status, const char *says) {
    model_file file;
    assert_int_equal(model_file_open(&file, "m.onnx", NULL), status);
    if (status == 0) {
        assert_int_equal(tt_model_dim(&file.model), 2);
        assert_int_equal(tt_model_verify(&file.model, NULL), TT_OK);
        model_file_close(&file);
    } else if (!strstr(fail_text(), says)) {
        print_error("%s\n", fail_text());
        assert_true(0);
    }
    fail_clear();
}

static void a_plain_file_beside_the_model_is_read(void **state) {
    (void)state;
    expect(TW_INPUT, "external data");
    put("m.onnx.data", data, sizeof data);
    expect(0, "");
    put("m.onnx.data", data, sizeof data - 1);
    expect(TW_INPUT, "'w'");
    put("m.onnx.data", data, 0);
    expect(TW_INPUT, "external data");
    unlink("m.onnx.data");
}

static void other_files_are_refused(void **state) {
    (void)state;
    put("real", data, sizeof data);
    assert_int_equal(symlink("real", "m.onnx.data"), 0);
    expect(TW_INPUT, "a link is not followed");
    unlink("m.onnx.data");
    assert_int_equal(link("real", "m.onnx.data"), 0);
    expect(TW_INPUT, "one name");
    unlink("m.onnx.data");
    unlink("real");
    assert_int_equal(mkfifo("m.onnx.data", 0600), 0);
    expect(TW_INPUT, "plain file");
    unlink("m.onnx.data");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_file_beside_the_model_is_read),
        cmocka_unit_test(other_files_are_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, enter, leave);
}

/* SPDX-License-Identifier: MIT */
/* safetensors: what is written is read again, and hostile headers are refused. */
#include "base/fail.h"
#include "base/file.h"
#include "format/safetensors.h"
#include "unit/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file with that header and `data` bytes after it, in a block of its exact size. */
static unsigned char *file_of(const char *header, size_t data, size_t *len) {
    size_t n = strlen(header);
    *len = 8 + n + data;
    unsigned char *at = calloc(*len, 1);
    assert_non_null(at);
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)((uint64_t)n >> 8 * i);
    memcpy(at + 8, header, n);
    return at;
}

static void refuses(const char *header, size_t data, const char *why) {
    size_t len;
    safetensors file;
    unsigned char *at = file_of(header, data, &len);
    fail_clear();
    assert_int_equal(safetensors_read(&file, at, len, "x"), TW_INPUT);
    if (!strstr(fail_text(), why))
        fail_msg("'%s' does not say '%s'", fail_text(), why);
    assert_null(file.header);
    assert_null(file.entry);
    free(at);
}

static void takes(const char *header, size_t data, size_t arrays) {
    size_t len;
    safetensors file;
    unsigned char *at = file_of(header, data, &len);
    fail_clear();
    if (safetensors_read(&file, at, len, "x"))
        fail_msg("%s", fail_text());
    assert_int_equal(file.count, arrays);
    safetensors_close(&file);
    free(at);
}

static void write_sample(void) {
    static const float f[6] = {1.5f, -0.0f, 3e38f, 1e-45f, 0.1f, -7.0f};
    static const double d[1] = {0.1};
    static const uint32_t u[3] = {1, 0xdeadbeef, 0};
    static const unsigned char b[5] = {'a', 'b', '\n', 0, 255};
    const safetensors_array array[] = {{"weight", SAFETENSORS_F32, 2, {2, 3}, f},
                                       {"d", SAFETENSORS_F64, 0, {0}, d},
                                       {"order", SAFETENSORS_U32, 1, {3}, u},
                                       {"empty", SAFETENSORS_F32, 2, {0, 7}, NULL},
                                       {"log", SAFETENSORS_U8, 1, {5}, b}};
    json_t *texts = json_pack("{s:s, s:s}", "run_id", "r1", "quote", "a\"b\xc3\xa9");
    assert_int_equal(safetensors_write(path, array, 5, texts), 0);
    json_decref(texts);
}

static void round_trip(void **state) {
    (void)state;
    safetensors file;
    float f[6];
    double d;
    uint32_t u[3];
    unsigned char b[5];
    write_sample();
    assert_int_equal(safetensors_open(&file, path), 0);
    assert_int_equal(file.count, 5);
    assert_string_equal(safetensors_text(&file, "quote"), "a\"b\xc3\xa9");
    assert_null(safetensors_text(&file, "none"));
    assert_null(safetensors_find(&file, "none"));
    const safetensors_entry *entry = safetensors_find(&file, "weight");
    assert_non_null(entry);
    assert_true(entry->rank == 2 && entry->shape[0] == 2 && entry->shape[1] == 3);
    safetensors_copy(entry, f);
    assert_true(f[0] == 1.5f && f[3] == 1e-45f && f[5] == -7.0f);
    safetensors_copy(safetensors_find(&file, "d"), &d);
    assert_true(d == 0.1);
    safetensors_copy(safetensors_find(&file, "order"), u);
    assert_int_equal(u[1], 0xdeadbeef);
    safetensors_copy(safetensors_find(&file, "log"), b);
    assert_memory_equal(b, "ab\n\0\377", 5);
    assert_int_equal(safetensors_find(&file, "empty")->count, 0);
    safetensors_close(&file);
}

/* The bytes are the format's: little-endian, data at a multiple of 8. */
static void layout(void **state) {
    (void)state;
    char *bytes;
    size_t len;
    write_sample();
    assert_int_equal(file_read(path, 1 << 20, &bytes, &len), 0);
    size_t header = (unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8;
    assert_int_equal(header % 8, 0);
    assert_int_equal(len, 8 + header + 24 + 8 + 12 + 5);
    assert_memory_equal(bytes + 2, "\0\0\0\0\0\0{", 7);
    assert_memory_equal(bytes + 8 + header, "\x00\x00\xc0\x3f\x00\x00\x00\x80", 8);
    assert_memory_equal(bytes + 8 + header + 36, "\xef\xbe\xad\xde", 4);
    free(bytes);
}

/* Every cut is refused, and a changed byte never reads outside. */
static void damaged(void **state) {
    (void)state;
    char *bytes;
    size_t len;
    write_sample();
    assert_int_equal(file_read(path, 1 << 20, &bytes, &len), 0);
    for (size_t cut = 0; cut < len; cut++) {
        safetensors file;
        unsigned char *part = malloc(cut + !cut);
        assert_non_null(part);
        memcpy(part, bytes, cut);
        fail_clear();
        assert_int_equal(safetensors_read(&file, part, cut, "x"), TW_INPUT);
        free(part);
    }
    for (size_t at = 0; at < len; at++)
        for (int bit = 0; bit < 8; bit++) {
            safetensors file;
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
            fail_clear();
            if (!safetensors_read(&file, bytes, len, "x")) {
                for (size_t i = 0; i < file.count; i++)
                    assert_true(file.entry[i].at + file.entry[i].end - file.entry[i].begin <=
                                (uint8_t *)bytes + len);
                safetensors_close(&file);
            }
            bytes[at] = (char)(bytes[at] ^ 1 << bit);
        }
    free(bytes);
}

#define A(shape, from, to) \
    "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]}"

static void hostile_headers(void **state) {
    (void)state;
    takes("{}", 0, 0);
    takes("{}      ", 0, 0);
    takes("{\"a\":" A("[2]", "0", "8") "}", 8, 1);
    takes("{\"b\":" A("[1]", "4", "8") ",\"a\":" A("[1]", "0", "4") "}", 8, 2);
    takes("{\"a\":" A("[0,3]", "0", "0") ",\"b\":" A("[]", "0", "4") "}", 4, 2);
    refuses("", 0, "length of the header");
    refuses(" {}", 0, "'{' is expected");
    refuses("[]", 0, "'{' is expected");
    refuses("{\"a\":1}", 0, "and nothing else");
    refuses("{\"a\":" A("[2]", "0", "8"), 8, "not the JSON");
    refuses("{\"a\":" A("[2]", "0", "8") ",\"a\":" A("[2]", "0", "8") "}", 8, "not the JSON");
    refuses("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
            "not the JSON");
    refuses("{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", 8, "dtype");
    refuses("{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "dtype");
    refuses("{\"a\":" A("[3]", "0", "8") "}", 8, "shape does not give");
    refuses("{\"a\":" A("[2]", "0", "7") "}", 8, "shape does not give");
    refuses("{\"a\":" A("[-2]", "0", "8") "}", 8, "whole numbers");
    refuses("{\"a\":" A("[2.0]", "0", "8") "}", 8, "whole numbers");
    refuses("{\"a\":" A("[1,1,1,1,2]", "0", "8") "}", 8, "whole numbers");
    refuses("{\"a\":" A("[99999999999999999999]", "0", "8") "}", 8, "not the JSON");
    /* 2^62 times 4 bytes, and 2^32 times 2^32 elements, are nothing in 64 bits. */
    refuses("{\"a\":" A("[4611686018427387904]", "0", "0") "}", 0, "shape does not give");
    refuses("{\"a\":" A("[4294967296,4294967296]", "0", "0") "}", 0, "whole numbers");
    refuses("{\"a\":" A("[2]", "8", "0") "}", 8, "ascending");
    refuses("{\"a\":" A("[2]", "-8", "0") "}", 8, "ascending");
    refuses("{\"a\":" A("[2]", "0", "8") "}", 4, "ends after the file");
    refuses("{\"a\":" A("[2]", "4", "12") "}", 12, "begins at byte 4");
    refuses("{\"a\":" A("[2]", "0", "8") "}", 12, "end at byte 8");
    refuses("{\"a\":" A("[2]", "0", "8") ",\"b\":" A("[2]", "4", "12") "}", 12, "begins at byte 4");
    refuses("{\"a\":" A("[1]", "0", "4") ",\"b\":" A("[1]", "8", "12") "}", 12, "begins at byte 8");
    refuses("{\"a\":" A("[2]", "0", "8") ",\"b\":" A("[2]", "0", "8") "}", 8, "begins at byte 0");
    refuses("{\"__metadata__\":7}", 0, "object of texts");
    refuses("{\"__metadata__\":{\"a\":7}}", 0, "object of texts");
}

static void header_length(void **state) {
    (void)state;
    static const unsigned char length[][10] = {{255, 255, 255, 255, 255, 255, 255, 255, '{', '}'},
                                               {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'},
                                               {0, 0, 0, 0, 0, 0, 0, 0, '{', '}'},
                                               {2, 0, 0, 0, 1, 0, 0, 0, '{', '}'}};
    for (size_t i = 0; i < 4; i++) {
        safetensors file;
        fail_clear();
        assert_int_equal(safetensors_read(&file, length[i], 10, "x"), TW_INPUT);
    }
}

static void files_that_are_none(void **state) {
    (void)state;
    safetensors file;
    assert_int_equal(safetensors_open(&file, "/tmp/test_safetensors.none/x"), TW_IO);
    fail_clear();
    assert_int_equal(safetensors_open(&file, "/tmp"), TW_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),    cmocka_unit_test(layout),
        cmocka_unit_test(damaged),       cmocka_unit_test(hostile_headers),
        cmocka_unit_test(header_length), cmocka_unit_test(files_that_are_none),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

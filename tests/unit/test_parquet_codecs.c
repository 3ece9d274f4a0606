/* SPDX-License-Identifier: MIT */
/* Each codec of Parquet, by hand: what it means, and its lies. */
#include "parquet_expect.h"

#include "format/parquet_codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_snappy(void **state) {
    (void)state;
    static const struct {
        const char *packed;
        size_t len;
        const char *raw; /* NULL: malformed */
    } cases[] = {
        {"\x08\x1c"
         "abcdefgh",
         10, "abcdefgh"},
        {"\x08\xf0\x07"
         "abcdefgh",
         11, "abcdefgh"},
        {"\x08\xf4\x07\0"
         "abcdefgh",
         12, "abcdefgh"},
        {"\x08\x0c"
         "abcd\x01\x04",
         8, "abcdabcd"},
        {"\x08\x04"
         "ab\x09\x02",
         6, "abababab"},
        {"\x08\x00"
         "a\x1a\x01\0",
         6, "aaaaaaaa"},
        {"\x08\x00"
         "a\x1b\x01\0\0\0",
         8, "aaaaaaaa"},
        {"\x09\x1c"
         "abcdefgh",
         10, NULL},
        {"\x07\x1c"
         "abcdefgh",
         10, NULL},
        {"\x08\x1c"
         "abcdefg",
         9, NULL},
        {"\x08\x20"
         "abcdefghi",
         11, NULL},
        {"\x08\x0c"
         "abcd\x01\x05",
         8, NULL},
        {"\x08\x0c"
         "abcd\x01\x00",
         8, NULL},
        {"\x08\x0c"
         "abcd\x01",
         7, NULL},
        {"\x08\x0c"
         "abcd\x05\x04",
         8, NULL},
        {"\x08\x0c"
         "abcd",
         6, NULL},
        {"\x08\x0c"
         "abcd\x0f\x04\0\0",
         10, NULL},
        {"\x08\xf0", 2, NULL},
        {"\xff\xff\xff\xff\xff\xff", 6, NULL},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *packed = malloc(cases[i].len + 1), *raw = malloc(8);
        memcpy(packed, cases[i].packed, cases[i].len);
        packed = realloc(packed, cases[i].len ? cases[i].len : 1);
        const char *what = parquet_codec_unpack(CODEC_SNAPPY, NULL, raw, 8, packed, cases[i].len);
        assert_int_equal(!what, cases[i].raw != NULL);
        if (cases[i].raw)
            assert_memory_equal(raw, cases[i].raw, 8);
        free(packed);
        free(raw);
    }
}

static void test_codecs(void **state) {
    (void)state;
    lie of = BODY(INT32, PLAIN, 2, "\x08\x0c\1\0\0\0\1\4");
    of.codec = CODEC_SNAPPY;
    of.raw_size = 8;
    expect(&of, " 1 1");
    of.raw_size = 9;
    refuse(&of, "snappy data is malformed");
    of.raw_size = INT32_MAX;
    refuse(&of, "data cannot become as long as it says");
    of.codec = CODEC_GZIP;
    of.raw_size = 8;
    refuse(&of, "gzip data is malformed");
    of.codec = CODEC_ZSTD;
    refuse(&of, "zstd data is of another size");
}

/* 20 ones as each library packs them (python-lz4, python-brotli). */
#define LZ4_ONES "\x4f\x01\x00\x00\x00\x04\x00\x34\x50\x00\x01\x00\x00\x00"
#define LZ4_TEN "\x4f\x01\x00\x00\x00\x04\x00\x0c\x50\x00\x01\x00\x00\x00"
#define BROTLI_ONES "\x1b\x4f\x00\xf8\xa7\x00\x02\xaa\x80\x33\x02\x80\x1f\x00"
#define HADOOP_TEN "\0\0\0\x28\0\0\0\x0e" LZ4_TEN

static void unpacks(int32_t codec, const void *packed, size_t len, int64_t raw_size,
                    const char *refusal) {
    lie of = body(PHYSICAL_INT32, ENCODING_PLAIN, 20, packed, len);
    of.codec = codec;
    of.raw_size = raw_size;
    if (refusal)
        refuse(&of, refusal);
    else
        expect(&of, " 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1");
}
#define UNPACKS(codec, packed, raw_size, refusal) \
    unpacks(CODEC_##codec, packed, sizeof(packed) - 1, raw_size, refusal)

static void test_lz4(void **state) {
    (void)state;
    static const char bad[] = "LZ4 data is malformed";
    UNPACKS(LZ4_RAW, LZ4_ONES, 80, NULL);
    UNPACKS(LZ4_RAW, LZ4_ONES, 81, bad);
    UNPACKS(LZ4_RAW, LZ4_ONES, 79, bad);
    UNPACKS(LZ4_RAW, LZ4_ONES "x", 80, bad);
    UNPACKS(LZ4_RAW, HADOOP_TEN HADOOP_TEN, 80, bad);
    UNPACKS(LZ4_RAW, LZ4_ONES, INT32_MAX, "data cannot become as long as it says");
    UNPACKS(LZ4, HADOOP_TEN HADOOP_TEN, 80, NULL);
    UNPACKS(LZ4, LZ4_ONES, 80, NULL);
    UNPACKS(LZ4, HADOOP_TEN, 80, bad);
    UNPACKS(LZ4, HADOOP_TEN HADOOP_TEN HADOOP_TEN, 80, bad);
    UNPACKS(LZ4, HADOOP_TEN "\0\0\0\x28\0\0\0\xff" LZ4_TEN, 80, bad);
    UNPACKS(LZ4, HADOOP_TEN "\xff\xff\xff\xff\0\0\0\x0e" LZ4_TEN, 80, bad);
    UNPACKS(LZ4, HADOOP_TEN "\0\0\0\x28", 80, bad);
    UNPACKS(LZ4, HADOOP_TEN HADOOP_TEN, INT32_MAX, "data cannot become as long as it says");
}

static void test_brotli(void **state) {
    (void)state;
    static const char bad[] = "brotli data is malformed";
    UNPACKS(BROTLI, BROTLI_ONES, 80, NULL);
    UNPACKS(BROTLI, BROTLI_ONES, 81, bad);
    UNPACKS(BROTLI, BROTLI_ONES, 79, bad);
    UNPACKS(BROTLI, BROTLI_ONES "x", 80, NULL);
    UNPACKS(BROTLI, "", 80, bad);
    lie of = BODY(INT32, PLAIN, 2, "\1");
    of.codec = 3;
    refuse(&of, "compression LZO is not read; write the file with zstd");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snappy),
        cmocka_unit_test(test_codecs),
        cmocka_unit_test(test_lz4),
        cmocka_unit_test(test_brotli),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

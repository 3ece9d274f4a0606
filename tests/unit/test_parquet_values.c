/* SPDX-License-Identifier: MIT */
/* Each encoding, codec and page form of Parquet, by hand: what it means, and its lies. */
#include "base/fail.h"
#include "format/parquet.h"
#include "format/parquet_codec.h"
#include "parquet_lie.h"
#include "unit/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The rows as text, each behind a space, a null as '-'. */
static int read_text(const lie *of, char *to, size_t room) {
    bytes made = make_lie(of);
    write_file(made.at, made.used);
    bytes_free(&made);
    parquet_reader *reader;
    int at, row = 1, status = parquet_open(&reader, path);
    assert_int_equal(status, 0);
    status = parquet_need(reader, "x", PARQUET_STRING, of->repetition == 2, &at);
    size_t used = 0;
    to[0] = '\0';
    while (!status && !(status = parquet_next(reader, &row)) && row) {
        used +=
            (size_t)snprintf(to + used, room - used, "%s", parquet_is_null(reader, at) ? " -" : "");
        for (uint32_t i = 0; i < parquet_list_size(reader, at); i++) {
            tt_text text = parquet_list_text(reader, at, i);
            used += (size_t)snprintf(to + used, room - used, "%s%.*s", i ? "," : " ", (int)text.len,
                                     text.at);
        }
    }
    parquet_close(reader);
    return status;
}

static void expect(const lie *of, const char *rows) {
    char got[400];
    assert_int_equal(read_text(of, got, sizeof got), 0);
    assert_string_equal(got, rows);
}

static void refuse(const lie *of, const char *part) {
    char got[400];
    assert_int_equal(read_text(of, got, sizeof got), TW_INPUT);
    assert_memory_equal(fail_text(), path, strlen(path));
    if (!strstr(fail_text(), part))
        fail_msg("'%s' is not in '%s'", part, fail_text());
    fail_clear();
}

/* A page of `rows` required values of a type, encoded. */
static lie body(int32_t physical, int32_t encoding, int64_t rows, const void *at, size_t len) {
    lie of = truth();
    of.physical = physical;
    of.encoding = encoding;
    of.entries = of.rows = of.group_rows = of.page_entries = rows;
    of.body = at;
    of.len = len;
    of.raw_size = (int64_t)len;
    return of;
}
#define BODY(physical, encoding, rows, text) \
    body(PHYSICAL_##physical, ENCODING_##encoding, rows, "" text, sizeof text - 1)

static void test_types(void **state) {
    (void)state;
    lie of = BODY(BOOLEAN, PLAIN, 3, "\5");
    expect(&of, " 1 0 1");
    of = BODY(BOOLEAN, RLE, 3, "\2\0\0\0\6\1");
    expect(&of, " 1 1 1");
    of = BODY(BOOLEAN, RLE, 3, "\3\0\0\0\6\1");
    refuse(&of, "ends inside its booleans");
    of = BODY(BOOLEAN, RLE, 3, "\2\0\0\0\4\1");
    refuse(&of, "booleans are malformed");
    of = BODY(INT32, PLAIN, 2, "\0\0\0\0\xff\xff\xff\xff");
    expect(&of, " 0 -1");
    of.converted = CONVERTED_UINT_8 + 2;
    expect(&of, " 0 4294967295");
    of.converted = CONVERTED_DATE;
    expect(&of, " 1970-01-01 1969-12-31");
    of.converted = CONVERTED_DECIMAL;
    expect(&of, " 0 -1");
    of.converted = CONVERTED_NONE;
    of.logical = LOGICAL_UNKNOWN;
    refuse(&of, "a column that has nulls alone has a value");
    of = BODY(INT64, PLAIN, 1, "\xff\xff\xff\xff\xff\xff\xff\xff");
    of.converted = CONVERTED_TIMESTAMP_MICROS;
    expect(&of, " 1969-12-31T23:59:59Z");
    of.converted = CONVERTED_UINT_64;
    refuse(&of, "a number is above 2^63 - 1");
    of = BODY(INT96, PLAIN, 2,
              "\0\0\0\0\0\0\0\0\x8c\x3d\x25\0\xff\xff\xff\xff\xff\xff\xff\xff\x8c\x3d\x25\0");
    expect(&of, " 1970-01-01T00:00:00Z 1969-12-31T23:59:59Z");
    of = BODY(FLOAT, PLAIN, 2, "\xcd\xcc\xcc\x3d\0\0\xc0\x7f");
    expect(&of, " 0.1 ");
    of = BODY(DOUBLE, BYTE_STREAM_SPLIT, 1, "\x33\x33\x33\x33\x33\x33\xd3\x3f");
    expect(&of, " 0.3");
    of = BODY(INT32, BYTE_STREAM_SPLIT, 2, "\1\2\0\1\0\0\0\0");
    expect(&of, " 1 258");
    of = BODY(INT32, BYTE_STREAM_SPLIT, 2, "\1\2\0\1\0\0\0");
    refuse(&of, "another number of values");
}

static void test_repeated(void **state) {
    (void)state;
    /* Two rows, of two values and none. */
    lie of = BODY(INT32, PLAIN, 2, "\2\0\0\0\3\2\4\0\0\0\4\1\2\0\1\0\0\0\2\0\0\0");
    of.repetition = REPETITION_REPEATED;
    of.entries = of.page_entries = 3;
    expect(&of, " 1,2");
}

static void test_dictionaries(void **state) {
    (void)state;
    lie of = BODY(INT32, RLE_DICTIONARY, 9, "\1\3\2\2\1");
    refuse(&of, "needs a dictionary, and none is before it");
    of.dictionary = "\7\0\0\0\x09\0\0\0";
    of.dictionary_len = 8;
    of.dictionary_entries = 2;
    expect(&of, " 7 9 7 7 7 7 7 7 9");
    of.dictionary_entries = 3;
    refuse(&of, "a dictionary has another number of values than it says");
    of.dictionary_entries = 1;
    of.dictionary_len = 4;
    refuse(&of, "a value is not in its dictionary");
    of.dictionary_len = 0;
    of.dictionary_entries = 0;
    refuse(&of, "a value is not in its dictionary");
    of = BODY(INT32, RLE_DICTIONARY, 9, "\41\3\2\2\1");
    of.dictionary = two_ints;
    of.dictionary_len = 8;
    of.dictionary_entries = 2;
    refuse(&of, "places in the dictionary are malformed");
    of.len = 0;
    of.raw_size = 0;
    refuse(&of, "places in the dictionary are malformed");
    of = BODY(INT32, PLAIN_DICTIONARY, 9, "\40\22\1\0\0");
    of.dictionary = two_ints;
    of.dictionary_len = 8;
    of.dictionary_entries = 2;
    refuse(&of, "places in the dictionary are malformed");
    of = BODY(INT32, PLAIN_DICTIONARY, 9, "\40\22\1\0\0\0");
    of.dictionary = two_ints;
    of.dictionary_len = 8;
    of.dictionary_entries = 2;
    expect(&of, " 2 2 2 2 2 2 2 2 2");
    of = BODY(INT32, PLAIN, 2, "\1\0\0\0\2\0\0\0");
    of.dictionary = two_ints;
    of.dictionary_len = 8;
    of.dictionary_entries = 2;
    expect(&of, " 1 2");
    of.page_type = PAGE_DICTIONARY;
    refuse(&of, "a dictionary does not stand where it should");
    of = BODY(BYTE_ARRAY, PLAIN_DICTIONARY, 3, "\1\3\5");
    of.dictionary = "\1\0\0\0a\2\0\0\0bc";
    of.dictionary_len = 11;
    of.dictionary_entries = 2;
    expect(&of, " bc a bc");
    of.dictionary_entries = 3;
    refuse(&of, "too few strings");
    of.dictionary = "\1\0\0\0a\2\0\0\0b\xff";
    of.dictionary_entries = 2;
    refuse(&of, "not UTF-8");
}

static void test_deltas(void **state) {
    (void)state;
    /* Blocks of 128 in 4, two numbers, 5 first, differences from 1 on, of no bits. */
    lie of = BODY(INT32, DELTA_BINARY_PACKED, 2, "\x80\1\4\2\x0a\2\0\0\0\0");
    expect(&of, " 5 6");
    of.physical = PHYSICAL_INT64;
    expect(&of, " 5 6");
    static const char *const bad[] = {
        "\x80\1\0\2\x0a\2\0\0\0\0",   /* no miniblocks */
        "\x80\1\4\3\x0a\2\0\0\0\0",   /* three numbers */
        "\x80\1\4\2\x0a\2\x41\0\0\0", /* of 65 bits */
        "\x80\1\4\2\x0a\2\x01\0\0\0", /* of a bit, which is not there */
        "\x80\1\3\2\x0a\2\0\0\0\0",   /* 128 in 3 */
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        of.body = bad[i];
        refuse(&of, "differences are malformed");
    }
    of = BODY(INT32, DELTA_BINARY_PACKED, 2, "\x80\1\4\2\x0a\2\0\0\0\0x");
    refuse(&of, "bytes after its differences");
    /* Bits that cross bytes, a block of one miniblock: 1 + 0..7 in 3 bits each. */
    of = BODY(INT32, DELTA_BINARY_PACKED, 9, "\x08\1\x09\0\2\3\x88\xc6\xfa");
    expect(&of, " 0 1 3 6 10 15 21 28 36");
    of = BODY(BYTE_ARRAY, DELTA_LENGTH_BYTE_ARRAY, 2, "\x80\1\4\2\2\2\0\0\0\0abc");
    expect(&of, " a bc");
    of.len = 12;
    of.raw_size = 12;
    refuse(&of, "a string reaches past its page");
    of = BODY(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
              "\x80\1\4\2\0\4\0\0\0\0" /* shares 0, then 2 */
              "\x80\1\4\2\4\1\0\0\0\0" /* adds 2, then 1 */
              "abc");
    expect(&of, " ab abc");
    of = BODY(BYTE_ARRAY, DELTA_BYTE_ARRAY, 2,
              "\x80\1\4\2\0\6\0\0\0\0" /* shares 0, then 3 of 2 */
              "\x80\1\4\2\4\1\0\0\0\0"
              "abc");
    refuse(&of, "a string reaches past its page");
}

static void test_pages_v2(void **state) {
    (void)state;
    /* A null and 1: levels 0, 1 in two bytes that have no length before them. */
    lie of = BODY(INT32, PLAIN, 2, "\3\2\1\0\0\0");
    of.page_type = PAGE_DATA_V2;
    of.repetition = REPETITION_OPTIONAL;
    of.def_size = 2;
    expect(&of, " - 1");
    of.def_size = 3;
    refuse(&of, "levels are malformed");
    of.def_size = 7;
    refuse(&of, "ends inside its levels");
    of.def_size = -1;
    refuse(&of, "a page header is malformed");
    of.def_size = INT32_MAX;
    of.rep_size = INT32_MAX;
    refuse(&of, "ends inside its levels");
    /* Repetition levels that the column does not need are passed over. */
    of = BODY(INT32, PLAIN, 2, "\4\0\3\2\1\0\0\0");
    of.page_type = PAGE_DATA_V2;
    of.repetition = REPETITION_OPTIONAL;
    of.def_size = of.rep_size = 2;
    expect(&of, " - 1");
}

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
        cmocka_unit_test(test_types),        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_dictionaries), cmocka_unit_test(test_deltas),
        cmocka_unit_test(test_pages_v2),     cmocka_unit_test(test_snappy),
        cmocka_unit_test(test_codecs),       cmocka_unit_test(test_lz4),
        cmocka_unit_test(test_brotli),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

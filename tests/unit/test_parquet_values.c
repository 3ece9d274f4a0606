/* SPDX-License-Identifier: MIT */
/* Each encoding and page form of Parquet, by hand: what it means, and its lies. */
#include "parquet_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
    expect(&of, " 18446744073709551615");
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

/* A second page of a list of three rows: it goes on with the first page's last row. */
static lie go_on(lie first, int32_t encoding, const void *second, size_t len) {
    first.repetition = REPETITION_REPEATED;
    first.entries = 6;
    first.rows = first.group_rows = 3;
    first.page_entries = 3;
    first.second = second;
    first.second_len = len;
    first.second_entries = 3;
    first.second_encoding = encoding;
    return first;
}

static void test_lists_over_pages(void **state) {
    (void)state;
    /* Levels: rows start at entries 0, 1 of the first page and 1 of the second; all have values. */
#define FIRST "\2\0\0\0\3\4\2\0\0\0\6\1"
#define SECOND "\2\0\0\0\3\5\2\0\0\0\6\1"
    static const char numbers[] = SECOND "\4\0\0\0\5\0\0\0\6\0\0\0";
    lie of = BODY(INT32, PLAIN, 3, FIRST "\1\0\0\0\2\0\0\0\3\0\0\0");
    of = go_on(of, ENCODING_PLAIN, numbers, sizeof numbers - 1);
    expect(&of, " 1 2,3,4 5,6");
    of.rows = of.group_rows = 2;
    refuse(&of, "too few values or rows");
    of.rows = of.group_rows = 4;
    refuse(&of, "too few values or rows");
    static const char texts[] = SECOND "\1\0\0\0d\2\0\0\0ee\0\0\0\0";
    of = BODY(BYTE_ARRAY, PLAIN, 3, FIRST "\3\0\0\0aaa\1\0\0\0b\2\0\0\0cc");
    of = go_on(of, ENCODING_PLAIN, texts, sizeof texts - 1);
    expect(&of, " aaa b,cc,d ee,");
    /* From a dictionary, whose text stays, to plain texts. */
    of = BODY(BYTE_ARRAY, RLE_DICTIONARY, 3, FIRST "\1\3\5");
    of = go_on(of, ENCODING_PLAIN, texts, sizeof texts - 1);
    of.dictionary = "\1\0\0\0x\2\0\0\0yz";
    of.dictionary_len = 11;
    of.dictionary_entries = 2;
    expect(&of, " yz x,yz,d ee,");
    static const char places[] = SECOND "\1\3\6";
    of = BODY(BYTE_ARRAY, PLAIN, 3, FIRST "\3\0\0\0aaa\1\0\0\0b\2\0\0\0cc");
    of = go_on(of, ENCODING_RLE_DICTIONARY, places, sizeof places - 1);
    of.dictionary = "\1\0\0\0x\2\0\0\0yz";
    of.dictionary_len = 11;
    of.dictionary_entries = 2;
    expect(&of, " aaa b,cc,x yz,yz");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_lists_over_pages),
        cmocka_unit_test(test_dictionaries),
        cmocka_unit_test(test_deltas),
        cmocka_unit_test(test_pages_v2),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

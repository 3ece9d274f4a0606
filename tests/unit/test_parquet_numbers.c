/* SPDX-License-Identifier: MIT */
/* Decimals, unsigned and half precision numbers of Parquet: exactly, or refused by their name. */
#include "parquet_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The column as numbers. */
static int read_number(const lie *of, parquet_type type, double *value) {
    bytes made = make_lie(of);
    write_file(made.at, made.used);
    bytes_free(&made);
    parquet_reader *reader;
    int at, row, status = parquet_open(&reader, path);
    assert_int_equal(status, 0);
    status = parquet_need(reader, "x", type, 0, &at);
    if (!status)
        status = parquet_next(reader, &row);
    if (!status)
        *value =
            type == PARQUET_INT64 ? (double)parquet_int(reader, at) : parquet_number(reader, at);
    parquet_close(reader);
    return status;
}

static void expect_number(const lie *of, double wanted) {
    double value = 0;
    assert_int_equal(read_number(of, PARQUET_DOUBLE, &value), 0);
    assert_true(value == wanted);
}

static void test_decimals(void **state) {
    (void)state;
    double value;
    /* 2^63 - 1 and its neighbour, which are one double. */
    lie of =
        BODY(INT64, PLAIN, 2, "\xff\xff\xff\xff\xff\xff\xff\x7f\xfe\xff\xff\xff\xff\xff\xff\x7f");
    of.converted = CONVERTED_DECIMAL;
    expect(&of, " 9223372036854775807 9223372036854775806");
    of.scale = 1;
    expect(&of, " 922337203685477580.7 922337203685477580.6");
    of.scale = 19;
    expect(&of, " 0.9223372036854775807 0.9223372036854775806");
    expect_number(&of, 0.9223372036854775807);
    of.scale = 77;
    refuse(&of, "DECIMAL(0, 77) in INT64, which is not read");
    of.scale = 0;
    assert_int_equal(read_number(&of, PARQUET_INT64, &value), 0);
    of = BODY(INT32, PLAIN, 3, "\x2d\0\0\0\xd3\xff\xff\xff\x64\0\0\0");
    of.converted = CONVERTED_DECIMAL;
    of.scale = 1;
    expect(&of, " 4.5 -4.5 10");
    expect_number(&of, 4.5);
    of.scale = 2;
    expect(&of, " 0.45 -0.45 1");
    of.scale = 4;
    expect(&of, " 0.0045 -0.0045 0.01");
    /* As pyarrow and DuckDB have them: the highest byte first. */
    of = BODY(FIXED, PLAIN, 3, "\0\x2d\xff\xd3\x80\0");
    of.length = 2;
    of.converted = CONVERTED_DECIMAL;
    of.scale = 1;
    expect(&of, " 4.5 -4.5 -3276.8");
    expect_number(&of, 4.5);
    of.scale = 0;
    expect(&of, " 45 -45 -32768");
    of = BODY(FIXED, PLAIN, 2, "\x7f\x80");
    of.length = 1;
    of.converted = CONVERTED_DECIMAL;
    expect(&of, " 127 -128");
    of = BODY(FIXED, PLAIN, 2,
              "\x4b\x3b\x4c\xa8\x5a\x86\xc4\x7a\x09\x8a\x22\x3f\xff\xff\xff\xff"
              "\xb4\xc4\xb3\x57\xa5\x79\x3b\x85\xf6\x75\xdd\xc0\0\0\0\1");
    of.length = 16;
    of.converted = CONVERTED_DECIMAL;
    expect(&of, " 99999999999999999999999999999999999999 -99999999999999999999999999999999999999");
    of.length = 33;
    refuse(&of, "DECIMAL(0, 0) in FIXED_LEN_BYTE_ARRAY, which is not read");
}

static void test_odd_numbers(void **state) {
    (void)state;
    double value;
    lie of = BODY(INT64, PLAIN, 1, "\0\0\0\0\0\0\0\x80");
    of.converted = CONVERTED_UINT_64;
    expect(&of, " 9223372036854775808");
    assert_int_equal(read_number(&of, PARQUET_INT64, &value), TW_INPUT);
    assert_non_null(strstr(fail_text(), "a UINT64 number above 2^63 - 1 is not read"));
    fail_clear();
    /* 4.5, -2, 1/3, the largest, the smallest and its negative, infinity, NaN */
    of = BODY(FIXED, PLAIN, 8, "\x80\x44\0\xc0\x55\x35\xff\x7b\1\0\1\x80\0\x7c\1\x7e");
    of.length = 2;
    of.logical = LOGICAL_FLOAT16;
    expect(&of, " 4.5 -2 0.33325195 65504 5.9604645e-08 -5.9604645e-08 inf ");
    expect_number(&of, 4.5);
    of.length = 3;
    refuse(&of, "FLOAT16 in FIXED_LEN_BYTE_ARRAY, which is not read");
    /* Whole numbers, up to where two of them are one double or float. */
    of = BODY(DOUBLE, PLAIN, 3,
              "\0\0\x34\x26\xf5\x6b\x0c\x43\xff\xff\xff\xff\xff\xff\x3f\x43"
              "\0\0\0\0\0\0\x40\x43");
    expect(&of, " 1000000000000000 9007199254740991 9.007199254740992e+15");
    of = BODY(FLOAT, PLAIN, 2, "\xff\xff\x7f\x4b\0\0\x80\x4b");
    expect(&of, " 16777215 1.6777216e+07");
    of = BODY(BYTE_ARRAY, PLAIN, 1, "\1\0\0\0\xff");
    refuse(&of, "a BYTE_ARRAY value that is not UTF-8 is not read; write the column as text");
    of.converted = CONVERTED_UTF8;
    refuse(&of, "a string is not UTF-8; the file is damaged");
    of = BODY(INT32, PLAIN, 1, "\7\0\0\0");
    of.name = "";
    bytes made = make_lie(&of);
    write_file(made.at, made.used);
    bytes_free(&made);
    parquet_reader *reader;
    assert_int_equal(parquet_open(&reader, path), 0);
    assert_true(parquet_find(reader, ""));
    parquet_close(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_odd_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

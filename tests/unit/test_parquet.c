/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet.h"
#include "format/parquet_levels.h"
#include "format/parquet_writer.h"
#include "format/thrift.h"
#include "unit/test_folder.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static tt_text text_of(const char *text) {
    return (tt_text){text, strlen(text)};
}

static uint32_t seed;
static uint32_t draw(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static void expect_text(tt_text got, const char *expected) {
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.at, expected, got.len);
}

/* `sentence` follows the path. */
static void expect_failure(int status, int expected, const char *sentence) {
    assert_int_equal(status, expected);
    assert_memory_equal(fail_text(), path, strlen(path));
    assert_string_equal(fail_text() + strlen(path), sentence);
    fail_clear();
}

/* ---- Every type, flat, nullable and in lists ---- */

enum { TYPES = 6, COLUMNS = 3 * TYPES };
static const char *const names[COLUMNS] = {"s",  "i",  "l",  "f",  "d",  "t",  "sn", "in", "ln",
                                           "fn", "dn", "tn", "sl", "il", "ll", "fl", "dl", "tl"};
static parquet_column columns[COLUMNS];

static void make_columns(void) {
    for (int c = 0; c < COLUMNS; c++)
        columns[c] =
            (parquet_column){names[c], (parquet_type)(c % TYPES), c / TYPES == 2, c / TYPES == 1};
}

/* The value that the draw `x` stands for, of each type. */
static int64_t int_of(parquet_type type, uint32_t x) {
    static const int64_t edge[] = {0, -1, INT64_MAX, INT64_MIN};
    if (type == PARQUET_INT32)
        return (int32_t)(x * 2654435761u);
    if (type == PARQUET_INSTANT)
        return (int64_t)x * 86399 - 40000000;
    return x < 4 ? edge[x] : (int64_t)((uint64_t)x * UINT64_C(0x9e3779b97f4a7c15));
}

static double number_of(parquet_type type, uint32_t x) {
    double value = x == 0 ? -0.0 : x == 1 ? INFINITY : 1.0 / (x + 3);
    return type == PARQUET_FLOAT ? (float)value : value;
}

static const char *text_value(uint32_t x) {
    static char text[600];
    size_t len = x % 7 == 0 ? 0 : x;
    memset(text, 'a' + (int)(x % 26), len);
    snprintf(text + len, sizeof text - len, "%s", x % 2 ? "\xe6\x97\xa5" : "");
    return text;
}

static void put(parquet_writer *writer, int c, uint32_t x) {
    parquet_type type = columns[c].type;
    if (type == PARQUET_STRING)
        parquet_put_text(writer, c, text_of(text_value(x)));
    else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        parquet_put_number(writer, c, number_of(type, x));
    else
        parquet_put_int(writer, c, int_of(type, x));
}

static void check(const parquet_reader *reader, int c, int at, uint32_t i, uint32_t x) {
    parquet_type type = columns[c].type;
    if (type == PARQUET_STRING) {
        expect_text(parquet_list_text(reader, at, i), text_value(x));
    } else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE) {
        double got = parquet_list_number(reader, at, i), expected = number_of(type, x);
        assert_memory_equal(&got, &expected, sizeof got);
    } else {
        assert_true(parquet_list_int(reader, at, i) == int_of(type, x));
    }
}

static void write_rows(uint32_t rows) {
    parquet_writer *writer;
    assert_int_equal(parquet_create(&writer, path, columns, COLUMNS), 0);
    parquet_limits(writer, 300, 1 << 20, 37);
    seed = 1;
    for (uint32_t r = 0; r < rows; r++) {
        for (int c = COLUMNS - 1; c >= 0; c--) {
            uint32_t n = draw(20) < 5 ? draw(30) : draw(3);
            if (columns[c].list)
                parquet_list(writer, c, n);
            else if (columns[c].nullable && n % 2)
                parquet_put_null(writer, c);
            for (uint32_t i = 0; i < (columns[c].list ? n : 1); i++)
                if (!(columns[c].nullable && n % 2))
                    put(writer, c, draw(500));
        }
        assert_int_equal(parquet_end_row(writer), 0);
    }
    assert_int_equal(parquet_commit(&writer), 0);
    assert_null(writer);
}

static void check_row(const parquet_reader *reader, const int *at) {
    for (int c = COLUMNS - 1; c >= 0; c--) {
        uint32_t n = draw(20) < 5 ? draw(30) : draw(3);
        int null = columns[c].nullable && n % 2;
        assert_int_equal(parquet_is_null(reader, at[c]), null);
        assert_int_equal(parquet_list_size(reader, at[c]), columns[c].list ? n : !null);
        for (uint32_t i = 0; i < parquet_list_size(reader, at[c]); i++)
            check(reader, c, at[c], i, draw(500));
    }
}

static void check_rows(uint32_t rows) {
    parquet_reader *reader;
    int at[COLUMNS], row, count;
    assert_int_equal(parquet_open(&reader, path), 0);
    assert_int_equal(parquet_rows(reader), rows);
    const parquet_column *found = parquet_columns(reader, &count);
    assert_int_equal(count, COLUMNS);
    for (int c = 0; c < COLUMNS; c++) {
        assert_string_equal(found[c].name, columns[c].name);
        assert_int_equal(found[c].type, columns[c].type);
        assert_int_equal(found[c].list, columns[c].list);
        assert_int_equal(found[c].nullable, columns[c].nullable);
        assert_int_equal(
            parquet_need(reader, columns[c].name, columns[c].type, columns[c].list, &at[c]), 0);
    }
    seed = 1;
    for (uint32_t r = 0; r < rows; r++) {
        assert_int_equal(parquet_next(reader, &row), 0);
        assert_int_equal(row, 1);
        assert_int_equal(parquet_row(reader), r + 1);
        check_row(reader, at);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(parquet_next(reader, &row), 0);
        assert_int_equal(row, 0);
    }
    parquet_close(reader);
}

static void test_round_trip(void **state) {
    (void)state;
    static const uint32_t rows[] = {0, 1, 36, 37, 38, 500};
    make_columns();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_rows(rows[i]);
        check_rows(rows[i]);
    }
}

static void test_same_bytes(void **state) {
    (void)state;
    size_t room = 1 << 20;
    unsigned char *first = malloc(room), *second = malloc(room);
    make_columns();
    write_rows(100);
    size_t len = load_file(first, room);
    write_rows(100);
    assert_int_equal(load_file(second, room), len);
    assert_memory_equal(first, second, len);
    free(first);
    free(second);
}

/* ---- Sizes ---- */

static void test_defaults_and_long_text(void **state) {
    (void)state;
    static const parquet_column one[] = {{"v", PARQUET_FLOAT, 1, 0}, {"s", PARQUET_STRING, 0, 0}};
    enum { ROWS = 70000, LONG = 3 << 20 };
    float vector[128];
    char *text = malloc(LONG);
    parquet_writer *writer;
    parquet_reader *reader;
    int row, v, s;
    assert_non_null(text);
    memset(text, 'x', LONG);
    assert_int_equal(parquet_create(&writer, path, one, 2), 0);
    for (int r = 0; r < ROWS; r++) {
        uint32_t n = r < 66000 ? 1 : 128;
        for (uint32_t i = 0; i < n; i++)
            vector[i] = (float)(r + (int)i);
        parquet_put_floats(writer, 0, vector, n);
        parquet_put_text(writer, 1, (tt_text){text, r == 69999 ? LONG : 0});
        assert_int_equal(parquet_end_row(writer), 0);
    }
    assert_int_equal(parquet_commit(&writer), 0);
    assert_int_equal(parquet_open(&reader, path), 0);
    assert_int_equal(parquet_need(reader, "s", PARQUET_STRING, 0, &s), 0);
    assert_int_equal(parquet_need(reader, "v", PARQUET_FLOAT, 1, &v), 0);
    for (int r = 0; r < ROWS; r++) {
        assert_int_equal(parquet_next(reader, &row), 0);
        uint32_t n = r < 66000 ? 1 : 128;
        assert_int_equal(parquet_list_size(reader, v), n);
        assert_true(parquet_list_number(reader, v, n - 1) == (float)(r + (int)n - 1));
    }
    assert_int_equal(parquet_text(reader, s).len, LONG);
    assert_memory_equal(parquet_text(reader, s).at, text, LONG);
    parquet_close(reader);
    free(text);
}

/* ---- Refusals ---- */

static const parquet_column flat[] = {
    {"i", PARQUET_INT32, 0, 0}, {"s", PARQUET_STRING, 0, 1}, {"t", PARQUET_INSTANT, 0, 1}};

static parquet_writer *start(void) {
    parquet_writer *writer;
    unlink(path);
    assert_int_equal(parquet_create(&writer, path, flat, 3), 0);
    parquet_put_int(writer, 0, 1);
    parquet_put_null(writer, 1);
    parquet_put_null(writer, 2);
    assert_int_equal(parquet_end_row(writer), 0);
    return writer;
}

static void finish_refused(parquet_writer *writer, const char *sentence) {
    int status = parquet_end_row(writer);
    assert_int_equal(parquet_commit(&writer), TW_INPUT);
    expect_failure(status, TW_INPUT, sentence);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_values_that_cannot_be_written(void **state) {
    (void)state;
    static const int64_t wide[] = {INT64_C(2147483648), INT64_C(-2147483649)};
    for (int i = 0; i < 2; i++) {
        parquet_writer *writer = start();
        parquet_put_int(writer, 0, wide[i]);
        parquet_put_null(writer, 1);
        parquet_put_null(writer, 2);
        finish_refused(writer, ": row 2: column i: the number does not fit 32 bits");
    }
    parquet_writer *writer = start();
    parquet_put_int(writer, 0, 1);
    parquet_put_text(writer, 1, text_of("a\xc0\xaf"));
    parquet_put_null(writer, 2);
    finish_refused(writer, ": row 2: column s: the text is not UTF-8");
    writer = start();
    parquet_put_int(writer, 0, 1);
    parquet_put_null(writer, 1);
    parquet_put_int(writer, 2, INT64_MAX / 1000000 + 1);
    finish_refused(writer, ": row 2: column t: the time does not fit 64 bits of microseconds");
    writer = start();
    char *text = calloc((1 << 26) + 1, 1);
    parquet_put_int(writer, 0, 1);
    parquet_put_text(writer, 1, (tt_text){text, (1 << 26) + 1});
    parquet_put_null(writer, 2);
    free(text);
    finish_refused(writer, ": row 2: column s: the value is larger than 64 MB, the most that a row "
                           "may have there");
}

/* A defect aborts: `how` of them. */
static int aborts(int how) {
    pid_t child = fork();
    if (child == 0) {
        fclose(stderr);
        parquet_writer *writer = start();
        if (how == 0)
            parquet_end_row(writer);
        for (int i = 0; i < (how == 1 ? 2 : 1); i++)
            parquet_put_int(writer, 0, 1);
        if (how == 2)
            parquet_put_int(writer, 1, 1);
        if (how == 3)
            parquet_put_null(writer, 0);
        _exit(0);
    }
    int status;
    assert_true(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_defects(void **state) {
    (void)state;
    for (int how = 0; how < 4; how++)
        assert_true(aborts(how));
    assert_false(aborts(4));
    /* What the children left behind. */
    char command[96];
    snprintf(command, sizeof command, "rm -f %s/.*.tmp-*", folder);
    assert_int_equal(system(command), 0);
}

static void test_columns_asked_for(void **state) {
    (void)state;
    parquet_writer *writer = start();
    parquet_reader *reader;
    int at, again, text, number, row;
    assert_int_equal(parquet_commit(&writer), 0);
    assert_int_equal(parquet_open(&reader, path), 0);
    assert_int_equal(parquet_find(reader, "s"), 1);
    assert_int_equal(parquet_find(reader, "x"), 0);
    expect_failure(parquet_need(reader, "x", PARQUET_INT32, 0, &at), TW_INPUT,
                   ": column 'x' is expected; the file has: i, s, t");
    expect_failure(parquet_need(reader, "s", PARQUET_INT32, 0, &at), TW_INPUT,
                   ": column s: 32-bit integers are expected, the file has text values");
    expect_failure(parquet_need(reader, "t", PARQUET_DOUBLE, 0, &at), TW_INPUT,
                   ": column t: double precision numbers are expected, the file has times");
    expect_failure(parquet_need(reader, "t", PARQUET_INSTANT, 1, &at), TW_INPUT,
                   ": column t: lists of times are expected, the file has times");
    assert_int_equal(parquet_need(reader, "i", PARQUET_INT64, 0, &at), 0);
    assert_int_equal(parquet_need(reader, "i", PARQUET_INT32, 0, &again), 0);
    assert_int_equal(at, again);
    assert_int_equal(parquet_need(reader, "t", PARQUET_INSTANT, 0, &again), 0);
    assert_int_equal(parquet_need(reader, "i", PARQUET_STRING, 0, &text), 0);
    assert_int_equal(parquet_need(reader, "i", PARQUET_FLOAT, 0, &number), 0);
    assert_int_equal(parquet_next(reader, &row), 0);
    assert_int_equal(parquet_int(reader, at), 1);
    expect_text(parquet_text(reader, text), "1");
    assert_true(parquet_number(reader, number) == 1);
    assert_int_equal(parquet_is_null(reader, again), 1);
    assert_int_equal(parquet_int(reader, again), 0);
    parquet_close(reader);
}

static void test_properties(void **state) {
    (void)state;
    parquet_writer *writer = start();
    parquet_reader *reader;
    parquet_set(writer, "run_id", "old");
    parquet_set(writer, "empty", "");
    parquet_set(writer, "run_id", "20251031T093831Z \xe6\x97\xa5");
    assert_int_equal(parquet_commit(&writer), 0);
    assert_int_equal(parquet_open(&reader, path), 0);
    assert_string_equal(parquet_get(reader, "run_id"), "20251031T093831Z \xe6\x97\xa5");
    assert_string_equal(parquet_get(reader, "empty"), "");
    assert_null(parquet_get(reader, "none"));
    parquet_close(reader);
}

static void test_abandon(void **state) {
    (void)state;
    parquet_abandon(start());
    parquet_abandon(NULL);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_levels(void **state) {
    (void)state;
    uint8_t level[300], got[300];
    seed = 7;
    for (int round = 0; round < 3000; round++) {
        bytes packed = {NULL, 0, 0};
        size_t n = draw(300);
        uint32_t odds = draw(40) + 1;
        for (size_t i = 0; i < n; i++)
            level[i] = (uint8_t)(draw(odds) == 0 ? draw(2) : i ? level[i - 1] : 0);
        parquet_levels_put(&packed, level, n);
        assert_int_equal(parquet_levels_get(got, n, 1, packed.at, packed.used), 0);
        assert_memory_equal(got, level, n);
        for (size_t cut = 0; cut < packed.used; cut++)
            assert_int_equal(parquet_levels_get(got, n, 1, packed.at, cut), -1);
        bytes_free(&packed);
    }
    static const uint8_t wide[] = {3, 0x1b, 0x1b, 4, 2}; /* 0-3 bit-packed twice, then 2, 2 */
    assert_int_equal(parquet_levels_get(got, 10, 3, wide, sizeof wide), 0);
    assert_memory_equal(got, "\3\2\1\0\3\2\1\0\2\2", 10);
    assert_int_equal(parquet_levels_get(got, 10, 2, wide, sizeof wide), -1);
    assert_int_equal(parquet_levels_get(got, 9, 3, wide, sizeof wide), -1);
    assert_int_equal(parquet_levels_get(got, 11, 3, wide, sizeof wide), -1);
}

static void test_nesting(void **state) {
    (void)state;
    for (size_t depth = 1; depth < 32; depth++) {
        uint8_t deep[64] = {0};
        memset(deep, 0x1c, depth - 1); /* field 1: a struct */
        thrift_reader reader = {deep, deep + 2 * depth - 1, NULL, 0};
        thrift_skip(&reader, &(thrift_field){1, THRIFT_STRUCT});
        assert_int_equal(reader.bad, depth > 16);
        assert_ptr_equal(reader.at, reader.end);
    }
    static const uint8_t many[] = {0xf9, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x19, 0x19};
    thrift_reader reader = {many, many + sizeof many, NULL, 0};
    thrift_skip(&reader, &(thrift_field){1, THRIFT_LIST});
    assert_int_equal(reader.bad, 1);
    assert_int_equal(thrift_list(&reader, &(thrift_field){1, THRIFT_LIST}, THRIFT_LIST), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_defaults_and_long_text),
        cmocka_unit_test(test_values_that_cannot_be_written),
        cmocka_unit_test(test_defects),
        cmocka_unit_test(test_columns_asked_for),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_abandon),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_nesting),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

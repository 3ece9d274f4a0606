/* SPDX-License-Identifier: MIT */
/* Parquet files made by hand, and what reading them must give. */
#ifndef TESTS_PARQUET_EXPECT_H
#define TESTS_PARQUET_EXPECT_H

#include "base/fail.h"
#include "format/parquet.h"
#include "parquet_lie.h"
#include "unit/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

#endif

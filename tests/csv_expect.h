/* SPDX-License-Identifier: MIT */
/* CSV files that are written and read again. */
#ifndef TESTS_CSV_EXPECT_H
#define TESTS_CSV_EXPECT_H

#include "base/fail.h"
#include "format/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_csv.XXXXXX";
static char path[64], zipped[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/a.csv", folder);
    snprintf(zipped, sizeof zipped, "%s/a.csv.gz", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    unlink(zipped);
    return rmdir(folder);
}

static void write_file(const char *to, const void *bytes, size_t len) {
    FILE *file = fopen(to, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_text(const char *text) {
    write_file(path, text, strlen(text));
}

/* Reads all of `path` into "[a|b][c|d]"; returns the status. */
static int read_all(char *to, size_t room) {
    csv *file;
    int row = 0, status = csv_open(&file, path);
    to[0] = '\0';
    if (status) {
        assert_null(file);
        return status;
    }
    while (!(status = csv_next(file, &row)) && row) {
        size_t used = strlen(to);
        for (int i = 0; i < 2; i++) {
            tt_text text = csv_text(file, i);
            int len =
                snprintf(to + used, room - used, "%s%.*s", i ? "|" : "[", (int)text.len, text.at);
            used += (size_t)len;
            assert_true(used + 2 < room);
        }
        memcpy(to + used, "]", 2);
    }
    csv_close(file);
    return status;
}

static void expect_rows(const char *text, const char *rows) {
    char got[512];
    write_text(text);
    assert_int_equal(read_all(got, sizeof got), 0);
    assert_string_equal(got, rows);
}

#endif

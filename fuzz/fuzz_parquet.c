/* SPDX-License-Identifier: MIT */
/* Claim: reading any bytes as Parquet stays inside them and ends; a refusal is an exit
 * status with a sentence; what is read is what parquet.h promises of it. */
#include "memory_file.h"

#include "base/fail.h"
#include "format/parquet.h"
#include "format/utf8.h"

#include <string.h>

enum { COLUMNS = 24, MAX_ROWS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each column is asked for as what it is, and as text. */
typedef struct column {
    parquet_column of;
    int at, text;
} column;

static void touch_text(tt_text text) {
    if (!utf8_valid(text.at, text.len)) {
        abort();
    }
}

static void touch(const parquet_reader *reader, const column *one) {
    uint32_t size = parquet_list_size(reader, one->at);
    if (parquet_list_size(reader, one->text) != size ||
        parquet_is_null(reader, one->at) != parquet_is_null(reader, one->text) ||
        (!one->of.list && size + (uint32_t)parquet_is_null(reader, one->at) != 1)) {
        abort();
    }
    for (uint32_t i = 0; i < size; i++) {
        touch_text(parquet_list_text(reader, one->text, i));
        if (one->of.type == PARQUET_FLOAT || one->of.type == PARQUET_DOUBLE) {
            (void)parquet_list_number(reader, one->at, i);
        } else if (one->of.type != PARQUET_STRING) {
            (void)parquet_list_int(reader, one->at, i);
        }
    }
}

static int read_all(parquet_reader *reader) {
    column columns[COLUMNS];
    int count, status = 0, row = 1;
    uint64_t rows = 0;
    const parquet_column *found = parquet_columns(reader, &count);
    count = count < COLUMNS ? count : COLUMNS;
    for (int c = 0; c < count && status == 0; c++) {
        columns[c].of = found[c];
        status = parquet_need(reader, found[c].name, found[c].type, found[c].list, &columns[c].at);
        if (status == 0) {
            status = parquet_need(reader, found[c].name, PARQUET_STRING, found[c].list,
                                  &columns[c].text);
        }
        if (status != 0) {
            abort();
        }
    }
    (void)parquet_get(reader, "key");
    /* Rows without columns are only counted: there may be 2^63 of them. */
    while (status == 0 && row && rows < MAX_ROWS) {
        status = parquet_next(reader, &row);
        for (int c = 0; c < count && status == 0 && row; c++) {
            touch(reader, &columns[c]);
        }
        rows += status == 0 && row;
    }
    if (status == 0 && !row && rows != parquet_rows(reader)) {
        abort();
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory_file file = memory_file_make(data, size);
    parquet_reader *reader;
    int status = parquet_open(&reader, file.path);
    if (status == 0) {
        status = read_all(reader);
        parquet_close(reader);
    }
    if (status != 0 && ((status != TW_INPUT && status != TW_IO) || fail_text()[0] == '\0' ||
                        strncmp(fail_text(), file.path, strlen(file.path)) != 0)) {
        abort();
    }
    fail_clear();
    close(file.fd);
    return 0;
}

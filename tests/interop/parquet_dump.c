/* SPDX-License-Identifier: MIT */
/*
 * parquet_dump FILE: prints the rows as our reader reads them, one JSON object a
 * line.  Singles have 9 digits and doubles 17, so that they read back as they
 * were; what is not finite is text, and so are integers beyond 2^53; times are
 * seconds since 1970.
 */
#include "base/fail.h"
#include "format/parquet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_text(tt_text text) {
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < 0x20)
            printf("\\u%04x", c);
        else
            printf("%s%c", c == '"' || c == '\\' ? "\\" : "", c);
    }
    putchar('"');
}

static void print_number(double value, int digits) {
    if (isfinite(value))
        printf("%.*g", digits, value);
    else
        printf("\"%s\"", isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

static void print_int(int64_t value) {
    const int64_t exact = INT64_C(1) << 53;
    printf(value < -exact || value > exact ? "\"%lld\"" : "%lld", (long long)value);
}

static void print_value(const parquet_reader *reader, parquet_type type, int at, uint32_t i) {
    if (type == PARQUET_STRING)
        print_text(parquet_list_text(reader, at, i));
    else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        print_number(parquet_list_number(reader, at, i), type == PARQUET_FLOAT ? 9 : 17);
    else
        print_int(parquet_list_int(reader, at, i));
}

static void print_column(const parquet_reader *reader, const parquet_column *column, int at) {
    print_text((tt_text){column->name, strlen(column->name)});
    putchar(':');
    if (!column->list && parquet_is_null(reader, at)) {
        printf("null");
        return;
    }
    if (column->list)
        putchar('[');
    for (uint32_t i = 0; i < parquet_list_size(reader, at); i++) {
        if (i)
            putchar(',');
        print_value(reader, column->type, at, i);
    }
    if (column->list)
        putchar(']');
}

static int dump(parquet_reader *reader) {
    int count, row = 1, status = 0;
    const parquet_column *column = parquet_columns(reader, &count);
    int *at = xcalloc((size_t)count + 1, sizeof *at);
    for (int i = 0; i < count && !status; i++)
        status = parquet_need(reader, column[i].name, column[i].type, column[i].list, &at[i]);
    while (!status && !(status = parquet_next(reader, &row)) && row) {
        for (int i = 0; i < count; i++) {
            putchar(i ? ',' : '{');
            print_column(reader, &column[i], at[i]);
        }
        printf("}\n");
    }
    free(at);
    return status;
}

int main(int argc, char **argv) {
    parquet_reader *reader;
    int status = argc == 2 ? 0 : fail(TW_USAGE, "usage: parquet_dump FILE");
    if (!status)
        status = parquet_open(&reader, argv[1]);
    if (!status) {
        status = dump(reader);
        parquet_close(reader);
    }
    if (!status && fflush(stdout) != 0)
        status = fail_errno("write", "stdout");
    if (status)
        fprintf(stderr, "%s\n", fail_text());
    return status;
}

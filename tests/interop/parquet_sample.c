/* SPDX-License-Identifier: MIT */
/*
 * parquet_sample FOLDER: writes types.parquet (every type, nulls, lists, two row
 * groups), embeddings.parquet (an id and 128 singles) and empty.parquet.
 */
#include "base/fail.h"
#include "format/parquet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPES = 6, COLUMNS = 3 * TYPES, ROWS = 66000, VECTORS = 3000, WIDTH = 128 };

static const char *const name[COLUMNS] = {
    "text",           "int32",           "int64",         "single",        "double",
    "instant",        "text_or_null",    "int32_or_null", "int64_or_null", "single_or_null",
    "double_or_null", "instant_or_null", "texts",         "int32s",        "int64s",
    "singles",        "doubles",         "instants"};

static int64_t int_of(parquet_type type, uint64_t x) {
    static const int64_t edge[3][4] = {{0, -1, INT32_MAX, INT32_MIN},
                                       {0, -1, INT64_MAX, INT64_MIN},
                                       {0, -1, 4102444800, -62135596800}};
    int row = type == PARQUET_INT32 ? 0 : type == PARQUET_INT64 ? 1 : 2;
    if (x < 4)
        return edge[row][x];
    x *= UINT64_C(0x9e3779b97f4a7c15);
    return type == PARQUET_INT32 ? (int32_t)(x >> 33) : (int64_t)(row == 1 ? x : x >> 32);
}

/* Numbers that use all their digits, in -1 .. 1. */
static double scatter(uint64_t x) {
    return (double)(int64_t)((x + 1) * UINT64_C(0x9e3779b97f4a7c15)) / 9223372036854775808.0;
}

static double number_of(uint64_t x) {
    static const double edge[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1e-45, 3.4e38, 0.1};
    return x < 8 ? edge[x] : scatter(x) * 1000;
}

static void put(parquet_writer *writer, int c, parquet_type type, uint64_t x) {
    static const char *const text[] = {"", "a\"b\\c\n\t", "\xe6\x97\xa5\xe6\x9c\xac",
                                       "\xf0\x9f\x98\x80", "plain"};
    if (type == PARQUET_STRING)
        parquet_put_text(writer, c, (tt_text){text[x % 5], strlen(text[x % 5])});
    else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        parquet_put_number(writer, c, number_of(x));
    else
        parquet_put_int(writer, c, int_of(type, x));
}

static int put_types(parquet_writer *writer, const parquet_column *column, uint64_t rows) {
    int status = 0;
    for (uint64_t r = 0; r < rows && !status; r++) {
        for (int c = 0; c < COLUMNS; c++) {
            uint64_t x = (r + (uint64_t)c) % 7 == 0 ? r % 9 : r;
            uint32_t n = (uint32_t)(x % 4);
            if (column[c].list) {
                parquet_list(writer, c, n);
                for (uint32_t i = 0; i < n; i++)
                    put(writer, c, column[c].type, x / 4 + i);
            } else if (column[c].nullable && n == 1) {
                parquet_put_null(writer, c);
            } else {
                put(writer, c, column[c].type, x);
            }
        }
        status = parquet_end_row(writer);
    }
    return status;
}

static int put_vectors(parquet_writer *writer) {
    int status = 0;
    for (uint64_t r = 0; r < VECTORS && !status; r++) {
        float vector[WIDTH];
        char id[32];
        for (uint64_t i = 0; i < WIDTH; i++)
            vector[i] = (float)scatter(r * WIDTH + i);
        int len = snprintf(id, sizeof id, "video-%llu", (unsigned long long)r);
        parquet_put_text(writer, 0, (tt_text){id, (size_t)len});
        parquet_put_floats(writer, 1, vector, WIDTH);
        status = parquet_end_row(writer);
    }
    return status;
}

static int write_file(const char *folder, const char *file, const parquet_column *column,
                      int columns, uint64_t rows) {
    parquet_writer *writer;
    char *path = xasprintf("%s/%s", folder, file);
    int status = parquet_create(&writer, path, column, columns);
    free(path);
    if (status)
        return status;
    parquet_set(writer, "run_id", "20251031T093831Z");
    status = columns == 2 ? put_vectors(writer) : put_types(writer, column, rows);
    int written = parquet_commit(&writer);
    return status ? status : written;
}

int main(int argc, char **argv) {
    static const parquet_column embedding[] = {{"video_id", PARQUET_STRING, 0, 0},
                                               {"embedding", PARQUET_FLOAT, 1, 0}};
    parquet_column column[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        column[c] =
            (parquet_column){name[c], (parquet_type)(c % TYPES), c / TYPES == 2, c / TYPES == 1};
    int status = argc == 2 ? 0 : fail(TW_USAGE, "usage: parquet_sample FOLDER");
    if (!status)
        status = write_file(argv[1], "types.parquet", column, COLUMNS, ROWS);
    if (!status)
        status = write_file(argv[1], "empty.parquet", column, COLUMNS, 0);
    if (!status)
        status = write_file(argv[1], "embeddings.parquet", embedding, 2, VECTORS);
    if (status)
        fprintf(stderr, "%s\n", fail_text());
    return status;
}

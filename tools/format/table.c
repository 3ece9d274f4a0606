/* SPDX-License-Identifier: MIT */
#include "format/table.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/csv.h"
#include "format/parquet.h"
#include "format/parquet_format.h"
#include "format/utf8.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct table {
    csv *csv; /* or NULL */
    parquet_reader *parquet;
    char *path, **name; /* of Parquet columns that were given out */
    size_t columns, capacity;
};

/* Pipes, which cannot be read twice, are CSV. */
static int is_parquet(const char *path) {
    struct stat status;
    char magic[4];
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int is = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
             memcmp(magic, PARQUET_MAGIC, sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return is;
}

int table_open(table **file, const char *path) {
    table *opened = need_zero(1, sizeof *opened);
    opened->path = need_copy(path, strlen(path));
    *file = NULL;
    int status =
        is_parquet(path) ? parquet_open(&opened->parquet, path) : csv_open(&opened->csv, path);
    if (status)
        table_close(opened);
    else
        *file = opened;
    return status;
}

void table_close(table *file) {
    if (!file)
        return;
    csv_close(file->csv);
    parquet_close(file->parquet);
    for (size_t i = 0; i < file->columns; i++)
        free(file->name[i]);
    free(file->name);
    free(file->path);
    free(file);
}

int table_need(table *file, const char *column, int *at) {
    if (file->csv)
        return csv_need(file->csv, column, at);
    int status = parquet_need(file->parquet, column, PARQUET_STRING, 0, at);
    if (!status && (size_t)*at == file->columns) {
        file->name = need_more(file->name, file->columns, &file->capacity, sizeof *file->name);
        file->name[file->columns++] = need_copy(column, strlen(column));
    }
    return status;
}

int table_find(table *file, const char *column, int *at) {
    *at = file->csv ? csv_find(file->csv, column) : -1;
    if (file->csv || !parquet_find(file->parquet, column))
        return 0;
    return table_need(file, column, at);
}

int table_next(table *file, int *row) {
    return file->csv ? csv_next(file->csv, row) : parquet_next(file->parquet, row);
}

tt_text table_text(const table *file, int column) {
    return file->csv ? csv_text(file->csv, column) : parquet_text(file->parquet, column);
}

int table_refuse(const table *file, int column, const char *expected) {
    char value[64];
    if (file->csv)
        return csv_refuse(file->csv, column, expected);
    tt_text text = table_text(file, column);
    utf8_clip(value, sizeof value, text.at, text.len);
    return fail(TW_INPUT, "%s: row %llu: column %s: %s, got '%s'", file->path,
                (unsigned long long)parquet_row(file->parquet), file->name[column], expected,
                value);
}

int table_number(const table *file, int column, double *value) {
    char text[64];
    if (file->csv)
        return csv_number(file->csv, column, value);
    tt_text found = table_text(file, column);
    if (found.len < sizeof text) {
        memcpy(text, found.at, found.len);
        text[found.len] = '\0';
        *value = csv_is_number(text) ? strtod(text, NULL) : (double)NAN;
        if (isfinite(*value))
            return 0;
    }
    return table_refuse(file, column, "a number is expected");
}

int table_instant(const table *file, int column, int64_t *seconds) {
    if (file->csv)
        return csv_instant(file->csv, column, seconds);
    tt_text text = table_text(file, column);
    if (instant_parse(text.at, text.len, seconds) != 0)
        return table_refuse(file, column, "a time such as 2025-10-31T09:38:31Z is expected");
    return 0;
}

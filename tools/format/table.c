/* SPDX-License-Identifier: MIT */
#include "format/table.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/csv.h"
#include "format/id.h"
#include "format/parquet.h"
#include "format/parquet_format.h"
#include "format/parts.h"
#include "format/utf8.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* A column that was looked for. */
typedef struct looked_for {
    char *name;
    int at; /* in the part that is open; -1: absent */
} looked_for;

struct table {
    part_files parts;
    size_t part; /* the one that is open */
    csv *csv;    /* or NULL */
    parquet_reader *parquet;
    looked_for *column;
    size_t columns, capacity;
};

static int is_parquet(const char *path) {
    struct stat status;
    char magic[4];
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int is = fd >= 0 && read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
             memcmp(magic, PARQUET_MAGIC, sizeof magic) == 0;
    if (fd >= 0)
        close(fd);
    return is;
}

static const char *path_of(const table *file) {
    return file->parts.path[file->part];
}

static int open_part(table *file) {
    const char *path = path_of(file);
    return is_parquet(path) ? parquet_open(&file->parquet, path) : csv_open(&file->csv, path);
}

static void close_part(table *file) {
    csv_close(file->csv);
    parquet_close(file->parquet);
    file->csv = NULL;
    file->parquet = NULL;
}

int table_open(table **file, const char *path) {
    table *opened = xcalloc(1, sizeof *opened);
    *file = NULL;
    int status = parts_find(&opened->parts, path);
    if (!status)
        status = open_part(opened);
    if (status)
        table_close(opened);
    else
        *file = opened;
    return status;
}

void table_close(table *file) {
    if (!file)
        return;
    close_part(file);
    for (size_t i = 0; i < file->columns; i++)
        free(file->column[i].name);
    free(file->column);
    parts_free(&file->parts);
    free(file);
}

/* Where the part that is open has a column, or -1. */
static int find_in_part(const table *file, const char *name, int *at) {
    *at = file->csv ? csv_find(file->csv, name) : -1;
    if (file->csv || !parquet_find(file->parquet, name))
        return 0;
    return parquet_need(file->parquet, name, PARQUET_STRING, 0, at);
}

int table_find(table *file, const char *column, int *at) {
    size_t i = 0;
    int status = 0;
    while (i < file->columns && strcmp(file->column[i].name, column))
        i++;
    if (i == file->columns) {
        file->column = xgrow(file->column, file->columns, &file->capacity, sizeof *file->column);
        file->column[file->columns++].name = xstrndup(column, strlen(column));
        status = find_in_part(file, column, &file->column[i].at);
    }
    *at = status || file->column[i].at < 0 ? -1 : (int)i;
    return status;
}

int table_need(table *file, const char *column, int *at) {
    int there, status = table_find(file, column, at);
    if (status || *at >= 0)
        return status;
    return file->csv ? csv_need(file->csv, column, &there)
                     : parquet_need(file->parquet, column, PARQUET_STRING, 0, &there);
}

/* Opens the part after the one that is open; the columns stand where it has them. */
static int next_part(table *file) {
    int status;
    close_part(file);
    file->part++;
    status = open_part(file);
    for (size_t i = 0; i < file->columns && !status; i++) {
        int before = file->column[i].at;
        status = find_in_part(file, file->column[i].name, &file->column[i].at);
        if (!status && (before < 0) != (file->column[i].at < 0))
            status = fail(TW_INPUT,
                          "%s: column '%s' is %s here and %s in %s; write all parts with the same "
                          "columns",
                          path_of(file), file->column[i].name, before < 0 ? "present" : "absent",
                          before < 0 ? "absent" : "present", file->parts.path[file->part - 1]);
    }
    return status;
}

int table_next(table *file, int *row) {
    for (;;) {
        int status = file->csv ? csv_next(file->csv, row) : parquet_next(file->parquet, row);
        if (status || *row || file->part + 1 == file->parts.count)
            return status;
        status = next_part(file);
        if (status)
            return status;
    }
}

/* The column's number in the part that is open. */
static int in_part(const table *file, int column) {
    return file->column[column].at;
}

tt_text table_text(const table *file, int column) {
    int at = in_part(file, column);
    return file->csv ? csv_text(file->csv, at) : parquet_text(file->parquet, at);
}

int table_id(const table *file, int column, tt_text *id, int *missing) {
    *id = table_text(file, column);
    *missing = id_missing(*id);
    return id_rounded(*id) ? table_refuse(file, column, ID_ROUNDED) : 0;
}

int table_refuse(const table *file, int column, const char *expected) {
    char value[64];
    if (file->csv)
        return csv_refuse(file->csv, in_part(file, column), expected);
    tt_text text = table_text(file, column);
    utf8_clip(value, sizeof value, text.at, text.len);
    return fail(TW_INPUT, "%s: row %llu: column %s: %s, got '%s'", path_of(file),
                (unsigned long long)parquet_row(file->parquet), file->column[column].name, expected,
                value);
}

int table_number(const table *file, int column, double *value) {
    char text[64];
    if (file->csv)
        return csv_number(file->csv, in_part(file, column), value);
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

/* "infinity" of Postgres, "inf" of NumPy. */
static int is_infinity(const char *text, int64_t *seconds) {
    const int minus = *text == '-';
    if (strcasecmp(text + minus, "infinity") != 0 && strcasecmp(text + minus, "inf") != 0)
        return 0;
    *seconds = minus ? INT64_MIN : INT64_MAX;
    return 1;
}

/* A number of eight digits is a second of 1970 to 1973, or a date such as 20251031: nobody can
 * tell. */
static int instant_of_number(const char *text, int64_t *seconds) {
    double number = csv_is_number(text) ? strtod(text, NULL) : (double)NAN;
    if (!(fabs(number) < 1e20) || (fabs(number) >= 1e7 && fabs(number) < 1e8))
        return 0;
    while (fabs(number) >= 1e11)
        number /= 1000;
    *seconds = (int64_t)number - (number < (double)(int64_t)number);
    return 1;
}

int table_instant(const table *file, int column, int64_t *seconds) {
    char text[64];
    tt_text found = table_text(file, column);
    if (!instant_parse(found.at, found.len, seconds))
        return 0;
    if (found.len < sizeof text) {
        memcpy(text, found.at, found.len);
        text[found.len] = '\0';
        if (is_infinity(text, seconds) || instant_of_number(text, seconds))
            return 0;
    }
    return table_refuse(file, column,
                        "a time such as 2025-10-31T09:38:31Z, or seconds or milliseconds since "
                        "1970, is expected");
}

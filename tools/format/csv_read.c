/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "format/csv.h"
#include "format/csv_kind.h"
#include "format/csv_row.h"
#include "format/id.h"
#include "format/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct csv {
    csv_rows rows;
    char **name;
    size_t columns;
};

static int refuse_twice(const csv *file, const char *name) {
    char shown[64];
    utf8_clip(shown, sizeof shown, name, strlen(name));
    return fail(TW_INPUT, "%s:1: column '%s' stands twice in the header; rename one of them",
                file->rows.source.path, shown);
}

/* The next row that is not an empty line. */
static int next_row(csv *file, int *row) {
    int status, empty;
    do {
        status = csv_rows_next(&file->rows, row);
        const csv_field *first = file->rows.field;
        /* A quoted field starts behind its quote. */
        empty = !status && *row && file->rows.fields == 1 && !first->len && !first->start;
    } while (empty);
    return status;
}

static int read_header(csv *file) {
    int row = 0, status = next_row(file, &row);
    if (!status && !row)
        return fail(TW_INPUT, "%s: the file is empty; a header line is expected",
                    file->rows.source.path);
    if (status)
        return status;
    file->name = xcalloc(file->rows.fields, sizeof *file->name);
    for (size_t i = 0; i < file->rows.fields; i++) {
        tt_text name = csv_text(file, (int)i);
        file->name[i] = xstrndup(name.at, name.len);
        file->columns = i + 1;
        for (size_t k = 0; k < i; k++)
            if (name.len && strcmp(file->name[k], file->name[i]) == 0)
                return refuse_twice(file, file->name[i]);
    }
    const char *kind = file->columns <= 2 ? csv_kind_of_header(file->name[0]) : NULL;
    return kind ? fail(TW_INPUT, "%s:1: %s", csv_path(file), kind) : 0;
}

int csv_open(csv **file, const char *path) {
    csv *opened = xcalloc(1, sizeof *opened);
    *file = NULL;
    int status = csv_rows_open(&opened->rows, path);
    if (!status)
        status = read_header(opened);
    if (status)
        csv_close(opened);
    else
        *file = opened;
    return status;
}

void csv_close(csv *file) {
    if (!file)
        return;
    csv_rows_close(&file->rows);
    for (size_t i = 0; i < file->columns; i++)
        free(file->name[i]);
    free(file->name);
    free(file);
}

int csv_exists(const char *path) {
    if (access(path, F_OK) == 0)
        return 1;
    char *zipped = xasprintf("%s.gz", path);
    int exists = access(zipped, F_OK) == 0;
    free(zipped);
    return exists;
}

const char *csv_path(const csv *file) {
    return file->rows.source.path;
}

int csv_find(const csv *file, const char *column) {
    for (size_t i = 0; i < file->columns; i++)
        if (strcmp(file->name[i], column) == 0)
            return (int)i;
    return -1;
}

int csv_columns(const csv *file) {
    return (int)file->columns;
}

tt_text csv_column(const csv *file, int at) {
    return (tt_text){file->name[at], strlen(file->name[at])};
}

int csv_need(const csv *file, const char *column, int *at) {
    char there[600];
    size_t used = 0;
    *at = csv_find(file, column);
    if (*at >= 0)
        return 0;
    for (size_t i = 0; i < file->columns && used + 8 < sizeof there; i++) {
        used += i ? 2 : 0;
        if (i)
            memcpy(there + used - 2, ", ", 2);
        utf8_clip(there + used, sizeof there - used, file->name[i], strlen(file->name[i]));
        used += strlen(there + used);
    }
    return fail(TW_INPUT, "%s:1: column '%s' is expected; the header has: %s", csv_path(file),
                column, there);
}

int csv_next(csv *file, int *row) {
    int status = next_row(file, row);
    if (status || !*row || file->rows.fields == file->columns)
        return status;
    return fail(TW_INPUT,
                "%s:%llu: the row has %zu field%s, the header has %zu; give every row as many "
                "and quote values that hold commas",
                csv_path(file), (unsigned long long)csv_line(file), file->rows.fields,
                file->rows.fields == 1 ? "" : "s", file->columns);
}

uint64_t csv_line(const csv *file) {
    return file->rows.first_line;
}

tt_text csv_text(const csv *file, int column) {
    const csv_field *field = &file->rows.field[column];
    return (tt_text){file->rows.text + file->rows.row + field->start, field->len};
}

int csv_refuse(const csv *file, int column, const char *expected) {
    char name[64], value[64];
    tt_text text = csv_text(file, column);
    utf8_clip(name, sizeof name, file->name[column], strlen(file->name[column]));
    utf8_clip(value, sizeof value, text.at, text.len);
    return fail(TW_INPUT, "%s:%llu: column %s: %s, got '%s'", csv_path(file),
                (unsigned long long)csv_line(file), name, expected, value);
}

int csv_id(const csv *file, int column, tt_text *id, int *missing) {
    *id = csv_text(file, column);
    *missing = id_missing(*id);
    return id_rounded(*id) ? csv_refuse(file, column, ID_ROUNDED) : 0;
}

static const char *skip_digits(const char *at) {
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

int csv_is_number(const char *at) {
    const char *digits = at + (*at == '+' || *at == '-');
    at = skip_digits(digits);
    if (at == digits)
        return 0;
    if (*at == '.') {
        digits = at + 1;
        at = skip_digits(digits);
        if (at == digits)
            return 0;
    }
    if (*at == 'e' || *at == 'E') {
        digits = at + 1 + (at[1] == '+' || at[1] == '-');
        at = skip_digits(digits);
        if (at == digits)
            return 0;
    }
    return *at == '\0';
}

int csv_number(const csv *file, int column, double *value) {
    tt_text text = csv_text(file, column);
    if (!csv_is_number(text.at))
        return csv_refuse(file, column, "a number is expected");
    double number = strtod(text.at, NULL);
    if (!isfinite(number))
        return csv_refuse(file, column, "a number below 1.8e308 is expected");
    *value = number;
    return 0;
}

int csv_instant(const csv *file, int column, int64_t *seconds) {
    tt_text text = csv_text(file, column);
    if (instant_parse(text.at, text.len, seconds) != 0)
        return csv_refuse(file, column, "a time such as 2025-10-31T09:38:31Z is expected");
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* Rows of fields; csv.h adds the header and typed access. */
#ifndef TOOLS_FORMAT_CSV_ROW_H
#define TOOLS_FORMAT_CSV_ROW_H

#include "format/csv_source.h"

#include <stddef.h>
#include <stdint.h>

enum { CSV_MAX_ROW = 1 << 24, CSV_MAX_FIELDS = 4096 };

typedef struct csv_field {
    size_t start, len; /* counted from the start of the row; terminated */
} csv_field;

typedef struct csv_rows {
    csv_source source;
    char *text; /* capacity + 1 bytes: the row, unquoted in place, and what was read past it */
    size_t capacity;
    size_t row;              /* the row starts at text + row; all below counts from there */
    size_t at, checked, end; /* next byte; end of what is known as UTF-8 without NUL; end of all */
    int ended;               /* the source has */
    uint64_t offset;         /* of the row in the inflated file */
    uint64_t line, line_start; /* the line of `at`, and its offset */
    uint64_t first_line;       /* of the row */
    csv_field *field;
    size_t fields, capacity_fields;
} csv_rows;

/* Fails with TW_IO, or TW_INPUT where the file is something else than CSV. After a failure there
 * is nothing to close. */
int csv_rows_open(csv_rows *rows, const char *path);
void csv_rows_close(csv_rows *rows);

/* Reads a row of up to CSV_MAX_FIELDS fields; *row is 0 at the end.
 * Fails with TW_INPUT naming file and line, TW_IO, TW_INTERRUPTED. */
int csv_rows_next(csv_rows *rows, int *row);

#endif

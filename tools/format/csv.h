/* SPDX-License-Identifier: MIT */
/*
 * CSV as RFC 4180 has it, gzip or not, UTF-8: a header line, then rows.  Read
 * in one pass and constant memory (the longest row).
 */
#ifndef TOOLS_FORMAT_CSV_H
#define TOOLS_FORMAT_CSV_H

#include "cli/output.h"
#include "twotower.h"

#include <stdint.h>

typedef struct csv csv;

/* Opens `path`, or `path`.gz where that does not exist, and reads the header.
 * gzip is told by its magic bytes.  Every failure below names file, line and
 * what was expected: TW_IO (cannot open, truncated gzip), TW_INPUT (empty file,
 * a row of another number of fields, broken quoting, broken UTF-8, NUL, a
 * header name twice), TW_INTERRUPTED. */
int csv_open(csv **file, const char *path);
void csv_close(csv *file);
int csv_exists(const char *path); /* the file or its .gz */

int csv_find(const csv *file, const char *column);          /* index, or -1 */
int csv_need(const csv *file, const char *column, int *at); /* or fails, naming what is there */

/* Reads the next row; *row is 0 at the end. */
int csv_next(csv *file, int *row);
uint64_t csv_line(const csv *file);                         /* first line of the row, from 1 */
tt_text csv_text(const csv *file, int column);              /* valid until the next row */
int csv_number(const csv *file, int column, double *value); /* finite, or fails with TW_INPUT */
int csv_instant(const csv *file, int column, int64_t *seconds);
/* Fails with TW_INPUT: "<path>:<line>: column <name>: <what>, got '<value>'". */
int csv_refuse(const csv *file, int column, const char *expected);

/* Writes one field, quoted where needed, and the comma or line end after it. */
int csv_put(output *out, tt_text value, int last);

#endif

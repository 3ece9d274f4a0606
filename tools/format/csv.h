/* SPDX-License-Identifier: MIT */
/*
 * CSV as RFC 4180 has it, gzip or not, UTF-8: a header line, then rows.  Read
 * in one pass and constant memory (the longest row).
 *
 * Lines end with LF or CRLF, the last one need not; a byte order mark at the
 * start is skipped.  Spaces belong to their field.  A line end inside quotes is
 * kept as it stands.  Empty lines are passed over.  A row is at
 * most 16 MB (2^24 bytes, its line end not counted), a header at most 4096
 * columns.
 */
#ifndef TOOLS_FORMAT_CSV_H
#define TOOLS_FORMAT_CSV_H

#include "base/output.h"
#include "twotower.h"

#include <stdint.h>

typedef struct csv csv;

/* Opens `path`, or `path`.gz where that does not exist, and reads the header.
 * gzip is told by its magic bytes.  Every failure below names file, line and
 * what was expected: TW_IO (cannot open), TW_INPUT (damaged or truncated gzip, empty file,
 * a row of another number of fields, broken quoting, broken UTF-8, NUL, a
 * header name twice, another format or separator), TW_INTERRUPTED.  Columns without a name,
 * which spreadsheets write, may be several.  *file is NULL after a failure. */
int csv_open(csv **file, const char *path);
void csv_close(csv *file);
int csv_exists(const char *path); /* the file or its .gz */

const char *csv_path(const csv *file);                      /* the file that is read */
int csv_find(const csv *file, const char *column);          /* index, or -1 */
int csv_columns(const csv *file);                           /* how many */
tt_text csv_column(const csv *file, int at);                /* its name */
int csv_need(const csv *file, const char *column, int *at); /* or fails, naming what is there */

/* Reads the next row; *row is 0 at the end. After a failure only csv_close is left to call. */
int csv_next(csv *file, int *row);
uint64_t csv_line(const csv *file);            /* first line of the row, from 1 */
tt_text csv_text(const csv *file, int column); /* valid until the next row */
/* The id in a field; *missing is 1 where there is none. Fails with TW_INPUT where it was rounded
 * (format/id.h). */
int csv_id(const csv *file, int column, tt_text *id, int *missing);
/* Decimal numbers: [+-]digits[.digits][e[+-]digits], no spaces. Finite, or fails with TW_INPUT. */
int csv_number(const csv *file, int column, double *value);
int csv_is_number(const char *text);                            /* has a text that form? */
int csv_instant(const csv *file, int column, int64_t *seconds); /* instant_parse, or TW_INPUT */
/* Fails with TW_INPUT: "<path>:<line>: column <name>: <what>, got '<value>'". */
int csv_refuse(const csv *file, int column, const char *expected);

/* The tables of a store are data: what is written is what is read again, to the byte, so a field
 * that a spreadsheet takes for a formula (=, +, -, @) stays one.  People look at lists of
 * `recommend` and at the report, which no spreadsheet evaluates; who opens a table in one imports
 * its columns as text. Writes one field, quoted where needed (comma, quote, CR, LF), and the comma
 * or line end (LF) after it. */
int csv_put(output *out, tt_text value, int last);

#endif

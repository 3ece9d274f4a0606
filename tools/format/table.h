/* SPDX-License-Identifier: MIT */
/* Rows of text from CSV files (.gz) or, told by their first bytes, Parquet files: one file, or the
 * part files of a folder (format/parts.h) one after another. */
#ifndef TOOLS_FORMAT_TABLE_H
#define TOOLS_FORMAT_TABLE_H

#include "twotower.h"

#include <stdint.h>

typedef struct table table;

/* As csv_open, parquet_open and parts_find; every column of a Parquet file that table_find gives
 * out is read as text (parquet.h), its nulls as empty ones. *file is NULL after a failure. */
int table_open(table **file, const char *path);
void table_close(table *file);

/* The column's number in *at, or -1 where it is absent; before the first row.  Later parts must
 * have it, or lack it, as the first one.  Fails with TW_INPUT where a Parquet column cannot be read
 * as text. */
int table_find(table *file, const char *column, int *at);
int table_need(table *file, const char *column, int *at); /* or fails, naming what is there */

/* As csv_next ... csv_refuse. */
int table_next(table *file, int *row);
tt_text table_text(const table *file, int column);
int table_id(const table *file, int column, tt_text *id, int *missing);
int table_number(const table *file, int column, double *value);
/* As instant_parse, or a number: seconds since 1970, and from 10^11 on milli-, micro- or
 * nanoseconds, with fractions cut off.  "infinity" and "inf" are INT64_MAX, with a minus INT64_MIN.
 */
int table_instant(const table *file, int column, int64_t *seconds);
/* Fails with TW_INPUT: "<path>: row <n>: column <name>: <what>, got '<value>'". */
int table_refuse(const table *file, int column, const char *expected);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Parquet files: flat columns and lists.  The writer makes files that any reader
 * opens (data pages v1, PLAIN values, zstd); the reader takes what DuckDB, Spark,
 * Arrow and pandas write: data pages v1 and v2; no compression, snappy, gzip, zstd, brotli,
 * LZ4_RAW and the older LZ4;
 * PLAIN, dictionary, RLE, DELTA_* and BYTE_STREAM_SPLIT values; RLE levels.
 * Format: github.com/apache/parquet-format (Thrift compact footer).
 *
 * Limits: a footer of 64 MB, in both directions; a row has at most 64 MB in one
 * column (writing), a row group 1 GB and 2^28 values in one column (reading).
 * Text is UTF-8.  Where a page carries its CRC-32 the reader checks it; the writer
 * gives one to each.
 */
#ifndef TOOLS_FORMAT_PARQUET_H
#define TOOLS_FORMAT_PARQUET_H

#include "twotower.h"

#include <stdint.h>

typedef enum parquet_type {
    PARQUET_STRING, /* BYTE_ARRAY, STRING */
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_INSTANT /* INT64, TIMESTAMP(UTC, microseconds); values are seconds since 1970 */
} parquet_type;

typedef struct parquet_column {
    const char *name;
    parquet_type type;
    int list;     /* written as a three-level LIST of required elements, never null */
    int nullable; /* not with list */
} parquet_column;

/* ---- Writing: an output that appears whole at commit ---- */

typedef struct parquet_writer parquet_writer;

/* `columns` (at least one) and the text it names must live as long as the writer.
 * *writer is NULL after a failure. */
int parquet_create(parquet_writer **writer, const char *path, const parquet_column *columns,
                   int count);
/* File-level key and value, kept in the footer. */
void parquet_set(parquet_writer *writer, const char *key, const char *value);
/* Values of one row, one call per column (in any order), or one parquet_list
 * and n values for a list.  A column that is not given, or given twice, or as another
 * type, is a defect and aborts.  A value that cannot be written (64 MB, broken UTF-8, a
 * number outside the type) is refused by the next parquet_end_row with TW_INPUT. */
void parquet_put_text(parquet_writer *writer, int column, tt_text value);
void parquet_put_int(parquet_writer *writer, int column, int64_t value); /* INT32, INT64, INSTANT */
void parquet_put_number(parquet_writer *writer, int column, double value); /* FLOAT, DOUBLE */
void parquet_put_floats(parquet_writer *writer, int column, const float *values,
                        uint32_t n); /* a whole list */
void parquet_put_null(parquet_writer *writer, int column);
void parquet_list(parquet_writer *writer, int column, uint32_t n);
int parquet_end_row(parquet_writer *writer); /* flushes row groups */
int parquet_commit(parquet_writer **writer); /* footer, fsync, rename; frees, also on failure */
void parquet_abandon(parquet_writer *writer);

/* ---- Reading: one pass over the rows; of each column that is asked for a row group as it lies in
 * the file and a page of its values are in memory ---- */

typedef struct parquet_reader parquet_reader;

/* Fails with TW_IO, or TW_INPUT naming the file, the byte and what was expected. */
int parquet_open(parquet_reader **reader, const char *path);
void parquet_close(parquet_reader *reader);
uint64_t parquet_rows(const parquet_reader *reader);
/* Columns that can be asked for, in the order of the file; valid until parquet_close. */
const parquet_column *parquet_columns(const parquet_reader *reader, int *count);
const char *parquet_get(const parquet_reader *reader,
                        const char *key); /* file-level value or NULL */
/* Asks for a column before the first row; fails with TW_INPUT when it is absent
 * (naming what is there) or of another type. Only asked-for columns are decoded.
 * How other programs' types are read, with what they may be asked for as:
 *   BOOLEAN                       INT32 (0, 1)   INT64, FLOAT, DOUBLE, STRING
 *   INT 8, 16, 32                 INT32          INT64, FLOAT, DOUBLE, STRING
 *   INT 64, UINT 32, 64           INT64          FLOAT, DOUBLE, STRING (UINT64 from 2^63 on: only
 * STRING) FLOAT; DOUBLE; FLOAT16        the same       FLOAT, DOUBLE, STRING (FLOAT16 is FLOAT)
 *   DECIMAL(n, 0) of INT32, INT64 INT32, INT64   FLOAT, DOUBLE, STRING
 *   other DECIMAL, 76 digits      DOUBLE         FLOAT, STRING (all digits)
 *   TIMESTAMP, DATE, INT96        INSTANT        STRING (2025-10-31T09:38:31Z; dates 2025-10-31)
 *   text, ENUM, JSON, BYTE_ARRAY without a type that is UTF-8, UUID     STRING
 *   a column of nulls alone       INT32          anything, also a list
 * Numbers as STRING are the shortest decimals that read back, NaN is an empty text; a whole FLOAT
 * from 2^24 or DOUBLE from 2^53 on, which stands for several integers, is written with an exponent.
 * Times that are not in UTC are read as UTC; parts of a second are rounded down.
 * Lists have the three-level form, the older two-level one, or are a repeated column;
 * null lists read as empty ones.  A null in a list of text is left out, in a list of
 * numbers it is refused, since it would move the others. */
int parquet_need(parquet_reader *reader, const char *column, parquet_type type, int list, int *at);
int parquet_find(const parquet_reader *reader, const char *column); /* present? 1 or 0 */
/* *row is 0 at the end. After a failure only parquet_close is left to call. */
int parquet_next(parquet_reader *reader, int *row);
uint64_t parquet_row(const parquet_reader *reader); /* number of this row, from 1 */
/* `at` is what parquet_need gave.  Text and pointers are valid until the next row. */
int parquet_is_null(const parquet_reader *reader, int at);
tt_text parquet_text(const parquet_reader *reader, int at);
int64_t parquet_int(const parquet_reader *reader,
                    int at); /* INT32, INT64; INSTANT: whole seconds; 0 if null */
double parquet_number(const parquet_reader *reader,
                      int at); /* FLOAT, DOUBLE, INT32, INT64; NaN if null */
uint32_t parquet_list_size(const parquet_reader *reader, int at);
/* i < parquet_list_size. */
tt_text parquet_list_text(const parquet_reader *reader, int at, uint32_t i);
int64_t parquet_list_int(const parquet_reader *reader, int at, uint32_t i);
double parquet_list_number(const parquet_reader *reader, int at, uint32_t i);

#endif

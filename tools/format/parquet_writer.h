/* SPDX-License-Identifier: MIT */
/* The parts of the Parquet writer: rows (parquet_write.c) become pages and row
 * groups (parquet_group.c), and the footer names them (parquet_footer.c). */
#ifndef TOOLS_FORMAT_PARQUET_WRITER_H
#define TOOLS_FORMAT_PARQUET_WRITER_H

#include "base/output.h"
#include "format/bytes.h"
#include "format/parquet.h"

#include <zstd.h>

typedef struct parquet_chunk_info {
    uint64_t offset, size, raw_size; /* raw: before compression; both with page headers */
    uint64_t entries, nulls;
} parquet_chunk_info;

typedef struct parquet_group_info {
    uint64_t rows;
    parquet_chunk_info *chunk; /* one per column */
} parquet_group_info;

typedef struct parquet_column_writer {
    bytes values;     /* PLAIN values of the open page */
    bytes rep, def;   /* its levels, one byte each; unused where their maximum is 0 */
    size_t entries;   /* values, nulls and empty lists of the open page */
    bytes pages;      /* finished pages of the row group */
    size_t row_start; /* values.used at the start of the row */
    uint32_t left;    /* values that the row's list still awaits */
    int given;        /* in this row */
    int opened;       /* the row's list has a value */
    parquet_chunk_info info;
} parquet_column_writer;

struct parquet_writer {
    output out;
    uint64_t position, rows, group_rows;
    const parquet_column *columns;
    int count, status;
    parquet_column_writer *column;
    ZSTD_CCtx *zstd;
    bytes body, compressed; /* of one page */
    parquet_group_info *group;
    size_t groups, capacity_groups;
    char **property; /* key, value, key, value ... */
    size_t properties, capacity_properties;
    size_t page_bytes, group_bytes, group_limit;
};

/* Pages close after `page_bytes` of values, row groups after `rows` rows or
 * `group_bytes` of values; the defaults are in parquet_write.c. */
void parquet_limits(parquet_writer *writer, size_t page_bytes, size_t group_bytes, size_t rows);

int parquet_close_page(parquet_writer *writer, int column);
int parquet_close_group(parquet_writer *writer);
int parquet_put_footer(parquet_writer *writer);
int parquet_put_bytes(parquet_writer *writer, const void *from, size_t len);

#endif

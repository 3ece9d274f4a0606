/* SPDX-License-Identifier: MIT */
/* One column of one row group, decoded. */
#ifndef TOOLS_FORMAT_PARQUET_CHUNK_H
#define TOOLS_FORMAT_PARQUET_CHUNK_H

#include "format/bytes.h"
#include "format/parquet_meta.h"

#include <zstd.h>

/* Starts as zeros and is used for one row group after another. */
typedef struct parquet_data {
    bytes values;   /* without gaps: each field->size bytes, or text behind its length */
    size_t count;   /* of them */
    bytes starts;   /* text: uint32_t, host order: where in `values` the length of each stands */
    bytes rep, def; /* one byte per entry; unused where their maximum is 0 */
    size_t entries; /* values, nulls and empty lists */
    uint64_t rows;
    bytes dictionary; /* as `values`, or of text as `starts` */
    int has_dictionary;
    bytes body, numbers, shared, whole; /* while a page is decoded */
} parquet_data;

/* What all chunks of a file share. */
typedef struct parquet_pages {
    const char *path;
    int fd;
    ZSTD_DCtx *zstd;
    bytes packed; /* the chunk as it lies in the file */
} parquet_pages;

/* Decodes a chunk of a readable field that must hold `rows` rows; `as_text` makes text of
 * values that are not.  Fails with TW_IO, TW_INPUT. */
int parquet_chunk_read(parquet_data *data, parquet_pages *pages, const parquet_field *field,
                       const parquet_chunk *chunk, uint64_t rows, int as_text);
void parquet_data_free(parquet_data *data);

#endif

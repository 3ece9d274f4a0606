/* SPDX-License-Identifier: MIT */
/* One column of one row group, decoded. */
#ifndef TOOLS_FORMAT_PARQUET_CHUNK_H
#define TOOLS_FORMAT_PARQUET_CHUNK_H

#include "format/bytes.h"
#include "format/parquet_meta.h"

#include <zstd.h>

/* What all chunks of a file share. */
typedef struct parquet_pages {
    const char *path;
    int fd;
    ZSTD_DCtx *zstd;
} parquet_pages;

/* A chunk while its pages are read. */
typedef struct parquet_walk {
    const parquet_pages *pages;
    const parquet_field *field;
    const parquet_chunk *chunk;
    int as_text; /* numbers become text, which holds them all */
    const uint8_t *start, *at, *end;
} parquet_walk;

/* A window on the chunk: the pages that are decoded and not yet passed.  Starts as zeros and is
 * used for one row group after another. */
typedef struct parquet_data {
    parquet_walk walk;
    bytes packed;     /* the chunk as it lies in the file */
    bytes values;     /* without gaps: each field->size bytes, or text behind its length */
    size_t count;     /* of them */
    bytes starts;     /* text: uint32_t, host order: where in `values` the length of each stands */
    bytes rep, def;   /* one byte per entry; unused where their maximum is 0 */
    size_t entries;   /* values, nulls and empty lists */
    uint64_t read;    /* entries of all pages so far */
    bytes dictionary; /* as `values`, or of text as `starts` */
    int has_dictionary;
    size_t dictionary_text;             /* of text: this many bytes at the front of `values` */
    bytes body, numbers, shared, whole; /* while a page is decoded */
} parquet_data;

/* Begins a chunk of a readable field; its window is empty. Fails with TW_IO, TW_INPUT. */
int parquet_chunk_begin(parquet_data *data, const parquet_pages *pages, const parquet_field *field,
                        const parquet_chunk *chunk, int as_text);
/* Passes the first `entry` entries and `value` values of the window, and decodes pages until there
 * are entries after those that stay, or the chunk ends. Fails with TW_INPUT, TW_INTERRUPTED. */
int parquet_chunk_more(parquet_data *data, size_t entry, size_t value);
/* Fails: the chunk has other numbers of values or rows than the file says. */
int parquet_chunk_refuse(const parquet_data *data);
void parquet_data_free(parquet_data *data);

#endif

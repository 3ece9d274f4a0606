/* SPDX-License-Identifier: MIT */
/* Page headers, and the codecs: from the bytes of a chunk to the body of a page. */
#ifndef TOOLS_FORMAT_PARQUET_PAGE_H
#define TOOLS_FORMAT_PARQUET_PAGE_H

#include "format/parquet_chunk.h"

enum { PARQUET_MAX_CHUNK = 1 << 30, PARQUET_MAX_ENTRIES = 1 << 28 };

typedef struct parquet_page {
    int32_t type, encoding, def_encoding, rep_encoding;
    size_t raw_size, size, entries;
    int has_crc, has_data; /* has_data: the header of a data page v1 */
    uint32_t crc;
    const uint8_t *at; /* `size` bytes */
} parquet_page;

/* A chunk while its pages are read. */
typedef struct parquet_walk {
    const parquet_pages *pages;
    const parquet_field *field;
    const parquet_chunk *chunk;
    const uint8_t *at, *end;
} parquet_walk;

/* Takes the header of the next page and passes its bytes; checks sizes and CRC. */
int parquet_page_next(parquet_walk *walk, parquet_page *page);

/* Appends the body of the page to `to`. */
int parquet_page_unpack(const parquet_walk *walk, const parquet_page *page, bytes *to);

/* Fail naming file, column and, for damage, the byte in the file. */
int parquet_page_damaged(const parquet_walk *walk, const uint8_t *at, const char *what);
int parquet_page_unread(const parquet_walk *walk, const char *what, const char *name);

#endif

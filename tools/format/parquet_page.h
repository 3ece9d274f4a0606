/* SPDX-License-Identifier: MIT */
/* Page headers: from the bytes of a chunk to the body of a page. */
#ifndef TOOLS_FORMAT_PARQUET_PAGE_H
#define TOOLS_FORMAT_PARQUET_PAGE_H

#include "format/parquet_chunk.h"

/* Most bytes and values of one column in one row group; the fuzz targets take fewer. */
#ifndef PARQUET_MAX_CHUNK
#define PARQUET_MAX_CHUNK (1 << 30)
#define PARQUET_MAX_ENTRIES (1 << 28)
#endif

typedef struct parquet_page {
    int32_t type, encoding, def_encoding, rep_encoding;
    size_t raw_size, size, entries;
    size_t def_size, rep_size; /* v2: bytes of the levels, which are not compressed */
    int has_crc, has_header;   /* has_header: the one of its type */
    int plain;                 /* v2: the values are not compressed either */
    uint32_t crc;
    const uint8_t *at; /* `size` bytes */
} parquet_page;

/* Takes the header of the next page and passes its bytes; checks sizes and CRC. */
int parquet_page_next(parquet_walk *walk, parquet_page *page);

/* The body of the page, unpacked: [*at, *end), inside the file's bytes or `room`. */
int parquet_page_unpack(const parquet_walk *walk, const parquet_page *page, bytes *room,
                        const uint8_t **at, const uint8_t **end);

/* Fail naming file, column and, for damage, the byte in the file. */
int parquet_page_damaged(const parquet_walk *walk, const uint8_t *at, const char *what);
/* "<what> <name> is not read; write <instead>" */
int parquet_page_unread(const parquet_walk *walk, const char *what, const char *name,
                        const char *instead);
int parquet_page_too_large(const parquet_walk *walk);

#endif

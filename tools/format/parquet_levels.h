/* SPDX-License-Identifier: MIT */
/*
 * Small numbers in the hybrid of run lengths and bit packing: repetition and definition
 * levels, booleans, places in a dictionary.
 * Format: github.com/apache/parquet-format, Encodings.md, "RLE = 3".
 */
#ifndef TOOLS_FORMAT_PARQUET_LEVELS_H
#define TOOLS_FORMAT_PARQUET_LEVELS_H

#include "format/bytes.h"

/* Appends n levels of 0 or 1, without the length before them. */
void parquet_levels_put(bytes *to, const uint8_t *level, size_t n);

/* Numbers of `width` bits (at most 32) that are read from left to right; hostile bytes.
 * Starts as {.at = start, .left = bytes, .width = width}. */
typedef struct parquet_runs {
    const uint8_t *at;
    size_t left;
    unsigned width;
    size_t run;            /* what is left of a run */
    const uint8_t *packed; /* of a packed run: the next byte; else NULL */
    uint64_t bits;         /* ... and what is read but not given: `have` bits */
    unsigned have;
    uint32_t value; /* of another run */
} parquet_runs;

/* Gives the next n numbers: 0, or -1 where the bytes are malformed. */
int parquet_runs_get(parquet_runs *runs, uint32_t *to, size_t n);
/* Have all bytes been used, and all numbers been given but the padding of a last packed run
 * (up to 32, for DuckDB packs so many at once)? */
int parquet_runs_ended(const parquet_runs *runs);

/* Reads exactly n levels of 0 .. max (max <= 255) from exactly `len` bytes.
 * 0, or -1 where the bytes are malformed. */
int parquet_levels_get(uint8_t *level, size_t n, unsigned max, const uint8_t *from, size_t len);

#endif

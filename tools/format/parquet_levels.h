/* SPDX-License-Identifier: MIT */
/*
 * Repetition and definition levels in the hybrid of run lengths and bit packing.
 * Format: github.com/apache/parquet-format, Encodings.md, "RLE = 3".
 */
#ifndef TOOLS_FORMAT_PARQUET_LEVELS_H
#define TOOLS_FORMAT_PARQUET_LEVELS_H

#include "format/bytes.h"

/* Appends n levels of 0 or 1, without the length before them. */
void parquet_levels_put(bytes *to, const uint8_t *level, size_t n);

/* Reads exactly n levels of 0 .. max (max <= 255) from exactly `len` bytes.
 * 0, or -1 where the bytes are malformed. */
int parquet_levels_get(uint8_t *level, size_t n, unsigned max, const uint8_t *from, size_t len);

#endif

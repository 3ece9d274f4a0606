/* SPDX-License-Identifier: MIT */
/*
 * Integers as differences in blocks.
 * Format: github.com/apache/parquet-format, Encodings.md, "DELTA_BINARY_PACKED = 5".
 */
#ifndef TOOLS_FORMAT_PARQUET_DELTA_H
#define TOOLS_FORMAT_PARQUET_DELTA_H

#include <stddef.h>
#include <stdint.h>

/* Reads exactly n numbers (modulo 2^64) from the front of [*at, end) and moves *at past
 * them. 0, or -1 where the bytes are malformed or hold another number of them. */
int parquet_delta_get(uint64_t *to, size_t n, const uint8_t **at, const uint8_t *end);

#endif

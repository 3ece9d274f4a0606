/* SPDX-License-Identifier: MIT */
/*
 * Snappy's raw format, as Parquet pages have it.  Format: github.com/google/snappy,
 * format_description.txt.  (Google's library would bring the C++ runtime into the program.)
 */
#ifndef TOOLS_FORMAT_SNAPPY_H
#define TOOLS_FORMAT_SNAPPY_H

#include <stddef.h>
#include <stdint.h>

/* Unpacks `size` bytes to exactly `raw_size`. The bytes may be hostile.
 * 0, or -1 where they are malformed or of another size. */
int snappy_unpack(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size);

#endif

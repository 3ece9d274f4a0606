/* SPDX-License-Identifier: MIT */
/* Arrays of numbers in little-endian order on any host. */
#ifndef TOOLS_FORMAT_LITTLE_H
#define TOOLS_FORMAT_LITTLE_H

#include "base/output.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes an array is converted by at a time; a multiple of every size. */
enum { LITTLE_CHUNK = 1 << 14 };

/* Turns `count` elements of `size` bytes (1, 4 or 8) between the host's order
 * and little-endian; both directions are the same. */
void little_copy(void *to, const void *from, size_t count, size_t size);

/* Writes an array of this machine as little-endian. */
int little_write(output *out, const void *data, size_t count, size_t size);

#endif

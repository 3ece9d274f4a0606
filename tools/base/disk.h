/* SPDX-License-Identifier: MIT */
/*
 * Memory for tables that grow with the catalogue.  Pieces of 256 KB and more stand in a
 * file without a name in $TMPDIR (else /var/tmp), mapped, so that the system may put them
 * out of memory; smaller ones, and all where no such file can be made, are plain memory.
 */
#ifndef TOOLS_BASE_DISK_H
#define TOOLS_BASE_DISK_H

#include <stddef.h>

/* count * size bytes of zeros, aligned for numbers of 8 bytes. */
void *disk_zero(size_t count, size_t size);

/* Room for one more element behind `used`: the same piece, or a larger copy, whose rest is zeros.
 */
void *disk_more(void *old, size_t used, size_t *capacity, size_t size);

/* Nothing for NULL. */
void disk_free(void *at);

#endif

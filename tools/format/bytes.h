/* SPDX-License-Identifier: MIT */
/* A growing run of bytes, and little-endian numbers. */
#ifndef TOOLS_FORMAT_BYTES_H
#define TOOLS_FORMAT_BYTES_H

#include <stddef.h>
#include <stdint.h>

typedef struct bytes {
    uint8_t *at;
    size_t used, capacity;
} bytes;

/* Room for n more bytes after what is used; returns where they go. */
uint8_t *bytes_room(bytes *to, size_t n);
void bytes_put(bytes *to, const void *from, size_t n);
void bytes_put_byte(bytes *to, uint8_t byte);
void bytes_put_u32(bytes *to, uint32_t value);
void bytes_put_u64(bytes *to, uint64_t value);
void bytes_free(bytes *of);

uint32_t bytes_u32(const uint8_t *at);
uint64_t bytes_u64(const uint8_t *at);

#endif

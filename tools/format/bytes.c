/* SPDX-License-Identifier: MIT */
#include "format/bytes.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

uint8_t *bytes_room(bytes *to, size_t n) {
    if (n > to->capacity - to->used || !to->at) {
        if (n > SIZE_MAX / 4 || to->capacity > SIZE_MAX / 4)
            out_of_memory(n);
        size_t want = to->used + n;
        to->capacity = want > 2 * to->capacity ? want : 2 * to->capacity;
        to->at = xrealloc(to->at, to->capacity, 1);
    }
    return to->at + to->used;
}

void bytes_put(bytes *to, const void *from, size_t n) {
    uint8_t *room = bytes_room(to, n);
    if (n)
        memcpy(room, from, n);
    to->used += n;
}

void bytes_put_byte(bytes *to, uint8_t byte) {
    *bytes_room(to, 1) = byte;
    to->used++;
}

void bytes_put_u32(bytes *to, uint32_t value) {
    uint8_t *room = bytes_room(to, 4);
    for (int i = 0; i < 4; i++)
        room[i] = (uint8_t)(value >> 8 * i);
    to->used += 4;
}

void bytes_put_u64(bytes *to, uint64_t value) {
    bytes_put_u32(to, (uint32_t)value);
    bytes_put_u32(to, (uint32_t)(value >> 32));
}

void bytes_free(bytes *of) {
    free(of->at);
    *of = (bytes){NULL, 0, 0};
}

uint32_t bytes_u32(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

uint64_t bytes_u64(const uint8_t *at) {
    return bytes_u32(at) | (uint64_t)bytes_u32(at + 4) << 32;
}

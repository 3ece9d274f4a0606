/* SPDX-License-Identifier: MIT */
#include "format/snappy.h"

#include <string.h>

/* A little-endian number of 1 to 4 bytes. */
static size_t get_number(const uint8_t *at, size_t bytes) {
    size_t number = 0;
    for (size_t i = 0; i < bytes; i++)
        number |= (size_t)at[i] << 8 * i;
    return number;
}

/* The length of the unpacked data: a varint of at most 32 bits. Returns where it ends. */
static const uint8_t *get_length(const uint8_t *at, const uint8_t *end, size_t *length) {
    *length = 0;
    for (unsigned shift = 0; shift < 35 && at < end; shift += 7) {
        uint8_t byte = *at++;
        *length |= (size_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return at;
    }
    return NULL;
}

/* Copies what was unpacked `distance` bytes ago; the two may overlap. */
static void repeat(uint8_t *to, size_t distance, size_t length) {
    const uint8_t *from = to - distance;
    if (distance >= length)
        memcpy(to, from, length);
    else
        for (size_t i = 0; i < length; i++)
            to[i] = from[i];
}

int snappy_unpack(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    const uint8_t *end = from + size;
    size_t length, done = 0;
    from = get_length(from, end, &length);
    if (!from || length != raw_size)
        return -1;
    while (from < end) {
        uint8_t tag = *from++;
        unsigned kind = tag & 3;
        size_t left = (size_t)(end - from), extra = kind == 3 ? 4 : kind, distance = 0;
        length = (size_t)(tag >> 2) + 1;
        if (kind == 0 && length > 60)
            extra = length - 60;
        if (extra > left)
            return -1;
        if (kind == 1) {
            distance = (size_t)(tag >> 5) << 8 | *from;
            length = (size_t)(tag >> 2 & 7) + 4;
        } else if (kind) {
            distance = get_number(from, extra);
        } else if (extra) {
            length = get_number(from, extra) + 1;
        }
        from += extra;
        left -= extra;
        if (length > raw_size - done || (kind == 0 ? length > left : !distance || distance > done))
            return -1;
        if (kind == 0) {
            memcpy(to + done, from, length);
            from += length;
        } else {
            repeat(to + done, distance, length);
        }
        done += length;
    }
    return done == raw_size ? 0 : -1;
}

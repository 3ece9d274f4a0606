/* SPDX-License-Identifier: MIT */
#include "format/parquet_delta.h"

typedef struct delta {
    const uint8_t *at, *end;
    int bad;
} delta;

static uint64_t get_varint(delta *from) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    from->bad = 1;
    return 0;
}

static uint64_t get_zigzag(delta *from) {
    uint64_t value = get_varint(from);
    return value >> 1 ^ (0 - (value & 1));
}

/* The number of `width` bits (at most 64) that starts at a bit; its bytes are all there. */
static uint64_t bits_at(const uint8_t *from, size_t bit, unsigned width) {
    const uint8_t *at = from + bit / 8;
    unsigned shift = bit % 8, have = 8 - shift;
    if (!width)
        return 0;
    uint64_t value = *at >> shift;
    for (; have < width; have += 8)
        value |= (uint64_t) * ++at << have;
    return width < 64 ? value & ((UINT64_C(1) << width) - 1) : value;
}

/* One miniblock: `n` of its `size` numbers are used. */
static void get_miniblock(delta *from, uint64_t *to, size_t n, size_t size, unsigned width,
                          uint64_t least, uint64_t *last) {
    if (width > 64 || (width && size / 8 > (size_t)(from->end - from->at) / width)) {
        from->bad = 1;
        return;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = *last += least + bits_at(from->at, i * width, width);
    from->at += size / 8 * width;
}

int parquet_delta_get(uint64_t *to, size_t n, const uint8_t **at, const uint8_t *end) {
    delta from = {*at, end, 0};
    uint64_t block = get_varint(&from), miniblocks = get_varint(&from), total = get_varint(&from);
    uint64_t last = get_zigzag(&from);
    if (from.bad || !miniblocks || miniblocks > block || block > UINT32_MAX || block % miniblocks ||
        block / miniblocks % 8 || total != n)
        return -1;
    size_t size = (size_t)(block / miniblocks), done = n > 0;
    if (n)
        to[0] = last;
    while (done < n) {
        uint64_t least = get_zigzag(&from);
        const uint8_t *width = from.at;
        if (from.bad || miniblocks > (size_t)(end - from.at))
            return -1;
        from.at += miniblocks;
        for (size_t m = 0, count; m < miniblocks && done < n; m++, done += count) {
            count = n - done < size ? n - done : size;
            get_miniblock(&from, to + done, count, size, width[m], least, &last);
            if (from.bad)
                return -1;
        }
    }
    *at = from.at;
    return 0;
}

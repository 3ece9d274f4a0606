/* SPDX-License-Identifier: MIT */
#include "format/parquet_levels.h"

#include <string.h>

/* ---- Writing: bit width 1 ---- */

static void put_header(bytes *to, size_t value) {
    for (; value >= 0x80; value >>= 7)
        bytes_put_byte(to, (uint8_t)(value | 0x80));
    bytes_put_byte(to, (uint8_t)value);
}

static size_t run_at(const uint8_t *level, size_t n) {
    size_t run = 1;
    while (run < n && level[run] == level[0])
        run++;
    return run;
}

/* Groups of eight before the next run of at least eight that starts a group, or the end. */
static size_t packed_groups(const uint8_t *level, size_t n) {
    size_t i = 0;
    while (i < n && !(n - i >= 8 && run_at(level + i, 8) == 8))
        i += 8;
    return i / 8;
}

static void put_packed(bytes *to, const uint8_t *level, size_t n, size_t groups) {
    put_header(to, groups << 1 | 1);
    for (size_t g = 0; g < groups; g++) {
        unsigned byte = 0;
        for (size_t i = 0; i < 8 && 8 * g + i < n; i++)
            byte |= (unsigned)level[8 * g + i] << i;
        bytes_put_byte(to, (uint8_t)byte);
    }
}

void parquet_levels_put(bytes *to, const uint8_t *level, size_t n) {
    while (n) {
        size_t done = run_at(level, n);
        if (done >= 8 || done == n) {
            put_header(to, done << 1);
            bytes_put_byte(to, level[0]);
        } else {
            size_t groups = packed_groups(level, n);
            put_packed(to, level, n, groups);
            done = groups * 8 < n ? groups * 8 : n;
        }
        level += done;
        n -= done;
    }
}

/* ---- Reading ---- */

typedef struct span {
    const uint8_t *at;
    size_t left;
} span;

static int get_header(span *from, uint32_t *header) {
    *header = 0;
    for (unsigned shift = 0; shift < 32 && from->left; shift += 7) {
        uint8_t byte = *from->at++;
        from->left--;
        if (shift == 28 && byte > 15)
            return -1;
        *header |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 0;
    }
    return -1;
}

/* The last group may reach past n; its bytes are all there. */
static int get_packed(uint8_t *level, size_t n, unsigned width, span *from, size_t groups) {
    if (groups > from->left / width || groups > (n + 7) / 8)
        return -1;
    size_t count = groups * 8 < n ? groups * 8 : n;
    for (size_t i = 0; i < count; i++) {
        unsigned value = 0;
        for (unsigned b = 0; b < width; b++) {
            size_t bit = i * width + b;
            value |= (unsigned)(from->at[bit / 8] >> bit % 8 & 1) << b;
        }
        level[i] = (uint8_t)value;
    }
    from->at += groups * width;
    from->left -= groups * width;
    return 0;
}

int parquet_levels_get(uint8_t *level, size_t n, unsigned max, const uint8_t *from, size_t len) {
    span rest = {from, len};
    unsigned width = 1;
    while (max >> width)
        width++;
    for (size_t done = 0, count; done < n; done += count) {
        uint32_t header;
        if (get_header(&rest, &header) || header >> 1 == 0)
            return -1;
        if (header & 1) {
            size_t groups = header >> 1;
            if (get_packed(level + done, n - done, width, &rest, groups))
                return -1;
            count = n - done < groups * 8 ? n - done : groups * 8;
        } else {
            count = header >> 1;
            if (count > n - done || !rest.left--)
                return -1;
            memset(level + done, *rest.at++, count);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (level[i] > max)
            return -1;
    return rest.left ? -1 : 0;
}

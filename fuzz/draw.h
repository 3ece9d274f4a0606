/* SPDX-License-Identifier: MIT */
/* Takes a fuzzer's bytes as numbers; zeros once they are used up. */
#ifndef FUZZ_DRAW_H
#define FUZZ_DRAW_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct draw {
    const uint8_t *at;
    size_t len;
} draw;

static uint32_t draw_byte(draw *from) {
    if (from->len == 0) {
        return 0;
    }
    from->len--;
    return *from->at++;
}

/* 0 .. most */
static uint32_t draw_most(draw *from, uint32_t most) {
    uint32_t number = draw_byte(from);
    if (most > 255) {
        number |= draw_byte(from) << 8;
    }
    return number % (most + 1);
}

/* `size` bytes, zeros behind the last. */
static void draw_bytes(draw *from, void *to, size_t size) {
    size_t n = size < from->len ? size : from->len;
    memset(to, 0, size);
    if (n > 0) {
        memcpy(to, from->at, n);
    }
    from->at += n;
    from->len -= n;
}

#endif

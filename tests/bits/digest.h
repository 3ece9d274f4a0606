/* SPDX-License-Identifier: MIT */
/* FNV-1a of 64 bits, and the numbers that the work is made of. */
#ifndef BITS_DIGEST_H
#define BITS_DIGEST_H

#include "codec/load.h"

#define DIGEST_START UINT64_C(0xcbf29ce484222325)

static inline void digest_bytes(uint64_t *digest, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ at[i]) * UINT64_C(0x100000001b3);
}

/* Least byte first on every host. */
static inline void digest_word(uint64_t *digest, uint32_t word) {
    uint8_t bytes[4];
    tt_store32(bytes, word);
    digest_bytes(digest, bytes, sizeof bytes);
}

static inline void digest_floats(uint64_t *digest, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        digest_word(digest, tt_float_to_bits(x[i]));
}

/* xorshift32, George Marsaglia 2003.  The state is never 0. */
static inline uint32_t draw(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

#endif

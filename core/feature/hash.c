/* SPDX-License-Identifier: MIT */
/* MurmurHash3 x86_32 by Austin Appleby (public domain), fed in pieces, and the
 * lookup of a hash among the sorted keys. */
#include "feature/feature.h"

static uint32_t murmur_rotate(uint32_t x, int by) {
    return x << by | x >> (32 - by);
}

static uint32_t murmur_block(uint32_t word) {
    return murmur_rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
}

void tt_murmur_begin(tt_murmur *hash, uint32_t seed) {
    hash->state = seed;
    hash->word = 0;
    hash->len = 0;
}

void tt_murmur_add(tt_murmur *hash, const char *bytes, size_t len) {
    uint32_t state = hash->state, word = hash->word, fill = hash->len & 3;
    for (size_t i = 0; i < len; i++) {
        word |= (uint32_t)(uint8_t)bytes[i] << (8 * fill);
        fill = (fill + 1) & 3;
        if (fill == 0) {
            state = murmur_rotate(state ^ murmur_block(word), 13) * 5 + 0xe6546b64;
            word = 0;
        }
    }
    hash->state = state;
    hash->word = word;
    hash->len += (uint32_t)len; /* modulo 2^32, as in the original */
}

uint32_t tt_murmur_end(const tt_murmur *hash) {
    uint32_t h = hash->state ^ murmur_block(hash->word); /* block(0) is 0 */
    h ^= hash->len;
    h = (h ^ h >> 16) * 0x85ebca6b;
    h = (h ^ h >> 13) * 0xc2b2ae35;
    return h ^ h >> 16;
}

uint32_t tt_hash(uint32_t seed, tt_text space, tt_text token) {
    static const char separator = 0x1f;
    tt_murmur hash;
    tt_murmur_begin(&hash, seed);
    tt_murmur_add(&hash, space.at, space.len);
    tt_murmur_add(&hash, &separator, 1);
    tt_murmur_add(&hash, token.at, token.len);
    return tt_murmur_end(&hash);
}

/* Lower-case digits sort as the numbers they write. */
static void key_text(uint8_t *text, uint32_t hash) {
    for (int i = 0; i < TT_TOKEN_KEY; i++)
        text[i] = (uint8_t) "0123456789abcdef"[hash >> (28 - 4 * i) & 15];
}

uint32_t tt_key_find(const uint8_t *keys, uint32_t count, size_t stride, uint32_t hash) {
    uint8_t key[TT_TOKEN_KEY];
    uint32_t low = 0, high = count;
    key_text(key, hash);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(keys + middle * stride, key, sizeof key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

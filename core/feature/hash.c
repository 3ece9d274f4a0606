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

static uint32_t murmur_mix(uint32_t state, uint32_t word) {
    return murmur_rotate(state ^ murmur_block(word), 13) * 5 + 0xe6546b64;
}

void tt_murmur_begin(tt_murmur *hash, uint32_t seed) {
    hash->state = seed;
    hash->word = 0;
    hash->len = 0;
}

void tt_murmur_add(tt_murmur *hash, const char *bytes, size_t len) {
    uint32_t state = hash->state, word = hash->word, fill = hash->len & 3;
    hash->len += (uint32_t)len; /* modulo 2^32, as in the original */
    for (; len >= 4; len -= 4, bytes += 4) {
        uint64_t wide = word | (uint64_t)tt_load32((const uint8_t *)bytes) << (8 * fill);
        state = murmur_mix(state, (uint32_t)wide);
        word = (uint32_t)(wide >> 32);
    }
    for (size_t i = 0; i < len; i++) {
        word |= (uint32_t)(uint8_t)bytes[i] << (8 * fill);
        fill = (fill + 1) & 3;
        if (fill == 0) {
            state = murmur_mix(state, word);
            word = 0;
        }
    }
    hash->state = state;
    hash->word = word;
}

uint32_t tt_murmur_end(const tt_murmur *hash) {
    uint32_t h = hash->state ^ murmur_block(hash->word); /* block(0) is 0 */
    h ^= hash->len;
    h = (h ^ h >> 16) * 0x85ebca6b;
    h = (h ^ h >> 13) * 0xc2b2ae35;
    return h ^ h >> 16;
}

/* The halves differ in where blocks begin.  Two seeds over the same blocks would not do: among a
 * million numbers 8 pairs had both hashes in common. */
uint64_t tt_hash(uint32_t seed, tt_text space, tt_text token) {
    static const char separator = 0x1f;
    uint64_t hash = 0;
    for (size_t lead = 0; lead < 2; lead++) {
        tt_murmur half;
        tt_murmur_begin(&half, seed);
        tt_murmur_add(&half, &separator, lead);
        tt_murmur_add(&half, space.at, space.len);
        tt_murmur_add(&half, &separator, 1);
        tt_murmur_add(&half, token.at, token.len);
        hash = hash << 32 | tt_murmur_end(&half);
    }
    return hash;
}

/* Lower-case digits sort as the numbers they write. */
static void key_text(uint8_t *text, uint64_t hash) {
    for (int i = 0; i < TT_TOKEN_KEY; i++)
        text[i] = (uint8_t) "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
}

/* Eight digits as a number that sorts as they do. */
static uint64_t key_word(const uint8_t *text) {
    return (uint64_t)text[0] << 56 | (uint64_t)text[1] << 48 | (uint64_t)text[2] << 40 |
           (uint64_t)text[3] << 32 | (uint64_t)text[4] << 24 | (uint64_t)text[5] << 16 |
           (uint64_t)text[6] << 8 | text[7];
}

/* Below 0, 0 or above 0: how the key at `text` compares with `key`, as two words. */
static int key_order(const uint8_t *text, const uint64_t *key) {
    uint64_t word = key_word(text), wanted = key[0];
    if (word == wanted) {
        word = key_word(text + 8);
        wanted = key[1];
    }
    return (word > wanted) - (word < wanted);
}

uint32_t tt_key_find(const uint8_t *keys, uint32_t count, size_t stride, uint64_t hash) {
    uint8_t text[TT_TOKEN_KEY];
    uint32_t low = 0, high = count;
    key_text(text, hash);
    const uint64_t key[] = {key_word(text), key_word(text + 8)};
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = key_order(keys + middle * stride, key);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

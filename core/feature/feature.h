/* SPDX-License-Identifier: MIT */
/* What the files of feature/ share: the hash as a stream, the lookup of a key,
 * exact roots, log(1 + x). */
#ifndef TT_FEATURE_H
#define TT_FEATURE_H

#include "codec/load.h"
#include "contract.h"
#include "twotower.h"

/* MurmurHash3 x86_32, fed in pieces. */
typedef struct tt_murmur {
    uint32_t state, word, len;
} tt_murmur;

void tt_murmur_begin(tt_murmur *hash, uint32_t seed);
void tt_murmur_add(tt_murmur *hash, const char *bytes, size_t len);
uint32_t tt_murmur_end(const tt_murmur *hash);

/* Position of `hash` in `count` ascending keys, each `stride` bytes that start
 * with 16 hexadecimal digits; UINT32_MAX if it is not there. */
uint32_t tt_key_find(const uint8_t *keys, uint32_t count, size_t stride, uint64_t hash)
    TT_CONTRACT(tt_requires(stride >= TT_TOKEN_KEY && stride <= TT_ID_KEY),
                tt_requires(tt_fresh(keys, count *stride)), tt_assigns(),
                tt_ensures(tt_result < count || tt_result == UINT32_MAX));

int tt_text_is(tt_text text, const char *string);
int tt_text_same(tt_text a, tt_text b);

/* 2^24 / sqrt(n), rounded to the nearest integer; n from 1 to 2^32 - 1. */
uint32_t tt_weight_of(uint32_t n);

/* The square root of a finite x >= 0, correctly rounded. */
float tt_sqrt(float x);

/* log(1 + x) of a finite x >= 0, within 2 units in the last place. */
float tt_log1p(float x);

int tt_finite(float x);

#endif

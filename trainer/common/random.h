/* SPDX-License-Identifier: MIT */
/* Random numbers by counter: a value depends on what it is for and on its
 * index only, so that any thread may draw it.  Mixing as in SplitMix64
 * (Sebastiano Vigna, public domain). */
#ifndef TRAINER_COMMON_RANDOM_H
#define TRAINER_COMMON_RANDOM_H

#include <stdint.h>

typedef enum tr_purpose {
    TR_DRAW_INIT,     /* step: the block of parameters, index: the parameter */
    TR_DRAW_ORDER,    /* step: the epoch, index: the position */
    TR_DRAW_HISTORY,  /* index: (user, bag) in the high half, position in the list */
    TR_DRAW_ID,       /* index: the item */
    TR_DRAW_HIDDEN,   /* index: row of the batch * hidden + unit */
    TR_DRAW_NEGATIVE, /* index: index of the pair in the batch, attempt */
    TR_DRAW_HOLDOUT,  /* index: user in the high half, item */
    TR_DRAW_TEACHER   /* step: the side, index: the number */
} tr_purpose;

static inline uint64_t tr_mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline uint64_t tr_random_key(uint64_t seed, uint64_t step, tr_purpose purpose) {
    return tr_mix(tr_mix(tr_mix(seed) ^ step) ^ (uint64_t)purpose);
}

static inline uint64_t tr_random(uint64_t key, uint64_t index) {
    return tr_mix(key ^ (index * 0xd1342543de82ef95u));
}

/* Uniform in [0, 1), a multiple of 2^-24. */
static inline float tr_uniform(uint64_t key, uint64_t index) {
    return (float)(tr_random(key, index) >> 40) * (1.0f / 16777216.0f);
}

#endif

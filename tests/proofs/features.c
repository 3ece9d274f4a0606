/* SPDX-License-Identifier: MIT */
/* check, unwind 9: 3 slots of memory, at most 3 tokens of 2 bytes, a schema of one field */
#include "inner.h"

#include <stdlib.h>

#include "feature/encode.c"
#include "feature/pending.c"
#include "feature/schema.c"

/* What they give is proved elsewhere (key_find, half) or does not matter here. */
uint64_t tt_hash(uint32_t seed, tt_text space, tt_text token) {
    uint64_t any;
    (void)seed;
    (void)space;
    (void)token;
    return any;
}

uint32_t tt_key_find(const uint8_t *keys, uint32_t count, size_t stride, uint64_t hash) {
    uint32_t any;
    (void)keys;
    (void)stride;
    (void)hash;
    return any < count ? any : UINT32_MAX;
}

uint32_t tt_weight_of(uint32_t n) {
    uint32_t any;
    (void)n;
    return any;
}

float tt_sqrt(float x) {
    (void)x;
    return 1.0f;
}

float tt_log1p(float x) {
    return x;
}

int tt_finite(float x) {
    return x - x == 0.0f;
}

/* An item row and a list of tokens in it, in memory of any size and alignment: nothing outside
 * is written, and what is kept fits. */
void harness(void) {
    static tt_schema schema;
    static const tt_text tokens[3] = {{"ab", 2}, {"cd", 2}, {"", 0}};
    tt_features features;
    size_t size, shift, n;
    __CPROVER_assume(size <= 3 * sizeof(tt_pending) + 7 && shift < 8 && n <= 3);
    char *memory = malloc(size + shift);
    __CPROVER_assume(memory != NULL);
    schema.recipe = TT_RECIPE_SHARED;
    schema.token_rows = 5;
    schema.fields = 1;
    schema.field[0].field = (tt_text){"t", 1};
    tt_features_begin(&features, &schema, TT_ITEM, memory + shift, size);
    if (tt_features_list(&features, "t", tokens, n) != TT_OK)
        return;
    __CPROVER_assert(features._used <= features._capacity, "what is kept fits");
    if (tt_features_list(&features, "t", tokens, n) != TT_OK)
        return;
    tt_features_end(&features);
    __CPROVER_assert(features.count[0] <= 3, "no more entries than slots");
}

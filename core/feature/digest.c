/* SPDX-License-Identifier: MIT */
/* FNV-1a over the features of a row. (Fowler, Noll, Vo; public domain.) */
#include "codec/load.h"
#include "feature/feature.h"

static uint64_t digest_word(uint64_t hash, uint32_t value) {
    for (int i = 0; i < 4; i++)
        hash = (hash ^ ((value >> (8 * i)) & 0xff)) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t tt_features_digest(const tt_features *features, const tt_model *model, tt_tower tower) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t bag = 0; bag < tt_model_bags(model, tower); bag++) {
        hash = digest_word(hash, features->count[bag]);
        for (uint32_t i = 0; i < features->count[bag]; i++) {
            hash = digest_word(hash, features->entry[bag][i].row);
            hash = digest_word(hash, tt_float_to_bits(features->entry[bag][i].weight));
        }
    }
    for (uint32_t n = 0; n < tt_model_numerics(model, tower); n++)
        hash = digest_word(hash, tt_float_to_bits(features->numeric[n]));
    return hash;
}

/* SPDX-License-Identifier: MIT */
#include "shared/negatives.h"
#include "common/random.h"
#include "kernel/maths.h"

#include <stdlib.h>
#include <string.h>

enum { FULL = 1 << 15, DRAWS = 1 << 13 };

static tr_sampling sampling_of(tr_sampling wanted, uint32_t candidates) {
    if (wanted == TR_SAMPLE_AUTO)
        return candidates > FULL ? TR_SAMPLE_UNIFORM : TR_SAMPLE_NONE;
    return wanted;
}

static void sum_popularity(tr_negatives *n, const tr_dataset *set) {
    double sum = 0.0;
    for (uint32_t c = 0; c < set->candidates; c++) {
        double likes = set->data->item_likes[set->candidate[c]];
        sum += tr_sqrt(likes * tr_sqrt(likes)); /* likes ^ 0.75 */
        n->cumulative[c] = sum;
    }
}

tr_status tr_negatives_create(tr_negatives *n, const tr_dataset *set, const tr_options *options,
                              const tr_batch *batch) {
    memset(n, 0, sizeof *n);
    n->kind = sampling_of(options->sampling, set->candidates);
    n->max_candidates = set->candidates;
    n->max_targets = batch->max_targets;
    if (n->kind == TR_SAMPLE_NONE)
        return TR_OK;
    n->draws = options->samples ? options->samples : DRAWS;
    if (batch->max_targets < n->max_candidates && n->draws < n->max_candidates - batch->max_targets)
        n->max_candidates = n->draws + (uint32_t)batch->max_targets;
    n->cumulative = malloc(set->candidates * sizeof *n->cumulative);
    n->drawn = calloc(set->candidates, sizeof *n->drawn);
    n->candidate = malloc(((size_t)n->draws + batch->max_targets + 1) * sizeof *n->candidate);
    n->candidate_index = malloc(((size_t)set->data->items + 1) * sizeof *n->candidate_index);
    n->weight = malloc(((size_t)n->max_candidates + 1) * sizeof *n->weight);
    if (!n->cumulative || !n->drawn || !n->candidate || !n->candidate_index || !n->weight) {
        tr_negatives_free(n);
        return TR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < set->data->items; i++)
        n->candidate_index[i] = TR_NONE;
    sum_popularity(n, set);
    return TR_OK;
}

void tr_negatives_free(tr_negatives *n) {
    free(n->cumulative);
    free(n->drawn);
    free(n->candidate);
    free(n->candidate_index);
    free(n->weight);
    memset(n, 0, sizeof *n);
}

/* The first place whose sum is above `at`. */
static uint32_t find(const double *cumulative, uint32_t count, double at) {
    uint32_t low = 0, high = count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cumulative[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Every other draw of the mixed kind is uniform. */
static uint32_t draw_one(const tr_negatives *n, uint32_t candidates, uint64_t key, uint32_t draw) {
    uint64_t random = tr_random(key, draw);
    int popular = n->kind == TR_SAMPLE_POPULARITY || (n->kind == TR_SAMPLE_MIXED && draw % 2);
    if (!popular)
        return (uint32_t)((random >> 32) * candidates >> 32);
    return find(n->cumulative, candidates,
                (double)(random >> 11) * 0x1p-53 * n->cumulative[candidates - 1]);
}

/* The mean number of times that the draws take candidate c. */
static double expected(const tr_negatives *n, uint32_t candidates, uint32_t c) {
    double uniform = 1.0 / candidates;
    double popular =
        (n->cumulative[c] - (c ? n->cumulative[c - 1] : 0.0)) / n->cumulative[candidates - 1];
    double popular_draws = n->kind == TR_SAMPLE_POPULARITY ? n->draws
                           : n->kind == TR_SAMPLE_MIXED    ? n->draws / 2
                                                           : 0;
    return popular_draws * popular + (n->draws - popular_draws) * uniform;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void choose(tr_negatives *n, uint32_t item) {
    if (n->candidate_index[item] == TR_NONE) {
        n->candidate_index[item] = 0;
        n->candidate[n->count++] = item;
    }
}

void tr_negatives_draw(tr_negatives *n, tr_batch *batch, const tr_dataset *set, uint64_t seed,
                       uint64_t step) {
    uint64_t key = tr_random_key(seed, step, TR_DRAW_NEGATIVE);
    uint32_t targets = batch->target_offset[batch->users];
    if (n->kind == TR_SAMPLE_NONE)
        return;
    for (uint32_t i = 0; i < n->count; i++)
        n->candidate_index[n->candidate[i]] = TR_NONE;
    n->count = 0;
    for (uint32_t draw = 0; draw < n->draws; draw++) {
        uint32_t c = draw_one(n, set->candidates, key, draw);
        n->drawn[c]++;
        choose(n, set->candidate[c]);
    }
    for (uint32_t i = 0; i < targets; i++)
        choose(n, set->candidate[batch->target[i]]);
    qsort(n->candidate, n->count, sizeof *n->candidate, compare);
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t c = set->candidate_index[n->candidate[i]];
        n->candidate_index[n->candidate[i]] = i;
        n->weight[i] = (float)(n->drawn[c] / expected(n, set->candidates, c));
        n->drawn[c] = 0;
    }
    for (uint32_t i = 0; i < targets; i++)
        batch->target[i] = n->candidate_index[set->candidate[batch->target[i]]];
    batch->candidate_index = n->candidate_index;
    batch->candidate = n->candidate;
    batch->candidates = n->count;
    batch->candidate_weight = n->weight;
}

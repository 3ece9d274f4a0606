/* SPDX-License-Identifier: MIT */
#include "data/trust.h"
#include "kernel/maths.h"

#include <stdlib.h>

static const double doubted = 20.0;

float *tr_trust_of(const tr_dataset *set) {
    float *trust = malloc(((size_t)set->rows + 1) * sizeof *trust);
    for (uint32_t r = 0; r < set->rows && trust; r++) {
        double liked = 0.0;
        for (size_t e = set->holders.offset[r]; e < set->holders.offset[r + 1]; e++)
            liked += set->place[set->holders.entry[e].row] != TR_NONE;
        trust[r] = r < set->id_rows ? 1.0f : (float)tr_root(liked / (liked + doubted));
    }
    return trust;
}

void tr_trust_weigh(tr_dataset *set, const float *trust) {
    for (size_t e = 0; e < set->content.offset[set->data->items]; e++)
        set->content.entry[e].weight *= trust[set->content.entry[e].row];
    for (uint32_t r = 0; r < set->rows; r++)
        for (size_t e = set->holders.offset[r]; e < set->holders.offset[r + 1]; e++)
            set->holders.entry[e].weight *= trust[r];
}

void tr_trust_fold(float *table, uint32_t dim, const tr_dataset *set, const float *trust) {
    for (uint32_t r = set->id_rows; r < set->rows; r++)
        for (uint32_t d = 0; d < dim; d++)
            table[(size_t)r * dim + d] *= trust[r];
}

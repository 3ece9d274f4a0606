/* SPDX-License-Identifier: MIT */
#include "shared/trust.h"
#include "kernel/maths.h"

#include <stdlib.h>

static const double doubted_token = 20.0, doubted_id = 30.0;

float *tr_trust_of(const tr_dataset *set) {
    float *trust = malloc(((size_t)set->rows + 1) * sizeof *trust);
    for (uint32_t r = 0; r < set->rows && trust; r++) {
        int is_id = r < set->id_rows;
        double known = 0.0;
        for (size_t e = set->holders.offset[r]; e < set->holders.offset[r + 1]; e++) {
            uint32_t item = set->holders.entry[e].row;
            known += is_id ? set->data->item_reviews[item] : set->place[item] != TR_NONE;
        }
        trust[r] = (float)tr_root(known / (known + (is_id ? doubted_id : doubted_token)));
    }
    return trust;
}

void tr_trust_weigh(tr_dataset *set, const float *trust) {
    for (uint32_t i = 0; i < set->data->items; i++)
        if (set->id_row[i] != TR_NONE)
            set->id_weight[i] *= trust[set->id_row[i]];
    for (size_t e = 0; e < set->content.offset[set->data->items]; e++)
        set->content.entry[e].weight *= trust[set->content.entry[e].row];
    for (uint32_t r = 0; r < set->rows; r++)
        for (size_t e = set->holders.offset[r]; e < set->holders.offset[r + 1]; e++)
            set->holders.entry[e].weight *= trust[r];
}

void tr_trust_fold(float *table, uint32_t dim, const tr_dataset *set, const float *trust) {
    for (uint32_t r = 0; r < set->rows; r++)
        for (uint32_t d = 0; d < dim; d++)
            table[(size_t)r * dim + d] *= trust[r];
}

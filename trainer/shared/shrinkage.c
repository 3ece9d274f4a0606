/* SPDX-License-Identifier: MIT */
#include "shared/shrinkage.h"
#include "kernel/maths.h"

#include <stdlib.h>

static const double doubted_token = 20.0, doubted_id = 30.0;

float *tr_shrinkage_of(const tr_dataset *set) {
    float *shrinkage = malloc(((size_t)set->rows + 1) * sizeof *shrinkage);
    for (uint32_t r = 0; r < set->rows && shrinkage; r++) {
        int is_id = r < set->id_rows;
        double known = 0.0;
        for (size_t e = set->row_items.offset[r]; e < set->row_items.offset[r + 1]; e++) {
            uint32_t item = set->row_items.entry[e].row;
            known += is_id ? set->data->item_reviews[item] : set->candidate_index[item] != TR_NONE;
        }
        shrinkage[r] = (float)tr_sqrt(known / (known + (is_id ? doubted_id : doubted_token)));
    }
    return shrinkage;
}

void tr_shrinkage_apply(tr_dataset *set, const float *shrinkage) {
    for (uint32_t i = 0; i < set->data->items; i++)
        if (set->id_row[i] != TR_NONE)
            set->id_weight[i] *= shrinkage[set->id_row[i]];
    for (size_t e = 0; e < set->content.offset[set->data->items]; e++)
        set->content.entry[e].weight *= shrinkage[set->content.entry[e].row];
    for (uint32_t r = 0; r < set->rows; r++)
        for (size_t e = set->row_items.offset[r]; e < set->row_items.offset[r + 1]; e++)
            set->row_items.entry[e].weight *= shrinkage[r];
}

void tr_shrinkage_fold(float *table, uint32_t dim, const tr_dataset *set, const float *shrinkage) {
    for (uint32_t r = 0; r < set->rows; r++)
        for (uint32_t d = 0; d < dim; d++)
            table[(size_t)r * dim + d] *= shrinkage[r];
}

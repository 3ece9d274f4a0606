/* SPDX-License-Identifier: MIT */
#include "mlp/baseline.h"
#include "kernel/maths.h"

#include <stdlib.h>

/* The summed cross entropy of labels predicted by their rate; 0 where all are equal. */
static double entropy(double likes, double others) {
    double all = likes + others;
    if (!(likes > 0.0 && others > 0.0))
        return 0.0;
    return -likes * tr_log(likes / all) - others * tr_log(others / all);
}

tr_status tr_baseline_pairs(tr_baseline *baseline, const tr_mlp_data *set) {
    const tr_data *data = set->data;
    double *likes = calloc(2 * (size_t)data->items + 1, sizeof *likes);
    if (!likes)
        return TR_NO_MEMORY;
    double *others = likes + data->items, liked = 0.0, disliked = 0.0, drawn = 0.0;
    for (uint32_t e = 0; e < set->examples; e++) {
        const tr_pair *pair = &data->pair[set->example[e]];
        double weight = (double)pair->weight;
        if (pair->label == TT_LIKED) {
            likes[pair->item] += weight;
            liked += weight;
            drawn += weight * set->negatives[pair->user];
        } else {
            others[pair->item] += weight;
            disliked += weight;
        }
    }
    double all = liked + disliked + drawn;
    *baseline = (tr_baseline){entropy(liked, disliked + drawn) / all, 0.0};
    for (uint32_t i = 0; i < data->items; i++) /* taking a user's own items as drawn too */
        baseline->popular += entropy(likes[i], others[i] + drawn / data->items) / all;
    free(likes);
    return TR_OK;
}

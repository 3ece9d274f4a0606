/* SPDX-License-Identifier: MIT */
#include "shared/baseline.h"
#include "kernel/maths.h"

#include <stdlib.h>

/* Adds the weights of a user's likes to the shares of their candidates; returns the sum. */
static double add_user(double *share, const tr_dataset *set, uint32_t user, float exponent) {
    const tr_user *of = &set->data->user[user];
    double likes = 0.0;
    for (uint32_t i = 0; i < of->count[TT_LIKED]; i++)
        if (set->candidate_index[of->history[TT_LIKED][i]] != TR_NONE)
            likes += (double)tr_like_weight(set, user, i);
    if (!(likes > 0.0))
        return 0.0;
    double each = (double)tr_exp((exponent - 1.0f) * (float)tr_log(likes));
    for (uint32_t i = 0; i < of->count[TT_LIKED]; i++) {
        uint32_t candidate = set->candidate_index[of->history[TT_LIKED][i]];
        if (candidate != TR_NONE)
            share[candidate] += each * (double)tr_like_weight(set, user, i);
    }
    return each * likes;
}

tr_status tr_baseline_likes(tr_baseline *baseline, const tr_dataset *set, float exponent) {
    double *share = calloc((size_t)set->candidates + 1, sizeof *share), sum = 0.0;
    if (!share)
        return TR_NO_MEMORY;
    for (uint32_t n = 0; n < set->train_users; n++)
        sum += add_user(share, set, set->train_user[n], exponent);
    *baseline = (tr_baseline){tr_log(set->candidates), 0.0};
    for (uint32_t c = 0; c < set->candidates && sum > 0.0; c++)
        if (share[c] > 0.0)
            baseline->popular -= share[c] / sum * tr_log(share[c] / sum);
    free(share);
    return TR_OK;
}

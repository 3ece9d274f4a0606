/* SPDX-License-Identifier: MIT */
#include "run/guess.h"
#include "kernel/maths.h"

#include <stdlib.h>

/* Adds what the user's likes weigh to their candidates; returns the sum. */
static double add_user(double *share, const tr_dataset *set, uint32_t user, float exponent) {
    const tr_user *of = &set->data->user[user];
    double likes = 0.0;
    for (uint32_t i = 0; i < of->count[TT_LIKED]; i++)
        if (set->place[of->history[TT_LIKED][i]] != TR_NONE)
            likes += (double)tr_like_weight(set, user, i);
    if (!(likes > 0.0))
        return 0.0;
    double each = (double)tr_exp((exponent - 1.0f) * (float)tr_log(likes));
    for (uint32_t i = 0; i < of->count[TT_LIKED]; i++) {
        uint32_t place = set->place[of->history[TT_LIKED][i]];
        if (place != TR_NONE)
            share[place] += each * (double)tr_like_weight(set, user, i);
    }
    return each * likes;
}

tr_status tr_guess_losses(tr_guess *guess, const tr_dataset *set, float exponent) {
    double *share = calloc((size_t)set->candidates + 1, sizeof *share), sum = 0.0;
    if (!share)
        return TR_NO_MEMORY;
    for (uint32_t n = 0; n < set->trainees; n++)
        sum += add_user(share, set, set->trainee[n], exponent);
    *guess = (tr_guess){tr_log(set->candidates), 0.0};
    for (uint32_t c = 0; c < set->candidates && sum > 0.0; c++)
        if (share[c] > 0.0)
            guess->popular -= share[c] / sum * tr_log(share[c] / sum);
    free(share);
    return TR_OK;
}

/* What a probability of likes / all loses on all of them; 0 where it is certain. */
static double lost(double likes, double others) {
    double all = likes + others;
    if (!(likes > 0.0 && others > 0.0))
        return 0.0;
    return -likes * tr_log(likes / all) - others * tr_log(others / all);
}

tr_status tr_guess_pairs(tr_guess *guess, const tr_mlp_data *set) {
    const tr_data *data = set->data;
    double *likes = calloc(2 * (size_t)data->items + 1, sizeof *likes);
    if (!likes)
        return TR_NO_MEMORY;
    double *others = likes + data->items, liked = 0.0, disliked = 0.0, drawn = 0.0;
    for (uint32_t e = 0; e < set->examples; e++) {
        const tr_pair *pair = &data->pair[set->example[e]];
        double weight = (double)pair->weight;
        if (pair->taste == TT_LIKED) {
            likes[pair->item] += weight;
            liked += weight;
            drawn += weight * set->negatives[pair->user];
        } else {
            others[pair->item] += weight;
            disliked += weight;
        }
    }
    double all = liked + disliked + drawn;
    *guess = (tr_guess){lost(liked, disliked + drawn) / all, 0.0};
    for (uint32_t i = 0; i < data->items; i++) /* as if a user's own were drawn too */
        guess->popular += lost(likes[i], others[i] + drawn / data->items) / all;
    free(likes);
    return TR_OK;
}

/* SPDX-License-Identifier: MIT */
#include "teacher/choose.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES = 12, CUT = 20 };
static const double first_strength = 0.01, factor = 1.41421356237309515;

/* Recall@20 + MAP@20 of the held-out likes. */
static tr_status judge(double *worth, tr_pool *pool, const tr_likes *likes, double strength,
                       uint64_t seed) {
    tr_teacher teacher;
    tr_ranking ranking;
    tr_status status = tr_ials(&teacher, pool, likes, strength, seed);
    if (status != TR_OK)
        return status;
    tr_ranking_input input = {.user_embedding = teacher.user,
                              .item_embedding = teacher.item,
                              .users = likes->user.rows,
                              .items = likes->item.rows,
                              .dim = TR_TEACHER_DIM,
                              .train = {likes->user.offset, likes->user.to},
                              .relevant = {likes->held.offset, likes->held.to},
                              .k = CUT,
                              .k2 = CUT,
                              .threads = tr_pool_threads(pool)};
    status = tr_rank(&ranking, &input);
    tr_teacher_free(&teacher);
    if (status != TR_OK)
        return status;
    *worth = ranking.at_k[TR_RECALL] + ranking.at_k[TR_MAP];
    tr_ranking_free(&ranking);
    return TR_OK;
}

/* Goes from the first strength in steps of `ratio` as long as that is better. */
static tr_status climb(double *strength, double *best, double ratio, tr_pool *pool,
                       const tr_likes *likes, uint64_t seed) {
    for (int tries = 0; tries < TRIES; tries++) {
        double worth, next = *strength * ratio;
        tr_status status = judge(&worth, pool, likes, next, seed);
        if (status != TR_OK || !(worth > *best))
            return status;
        *strength = next;
        *best = worth;
    }
    return TR_OK;
}

tr_status tr_teach(tr_teacher *teacher, tr_pool *pool, const tr_dataset *set, uint64_t seed) {
    tr_likes likes;
    double strength = first_strength, best = 0.0;
    memset(teacher, 0, sizeof *teacher);
    tr_status status = tr_likes_build(&likes, set, 1);
    if (status == TR_OK)
        status = judge(&best, pool, &likes, strength, seed);
    if (status == TR_OK)
        status = climb(&strength, &best, factor, pool, &likes, seed);
    if (status == TR_OK && strength == first_strength)
        status = climb(&strength, &best, 1 / factor, pool, &likes, seed);
    tr_likes_free(&likes);
    if (status == TR_OK)
        status = tr_likes_build(&likes, set, 0);
    if (status == TR_OK) {
        status = tr_ials(teacher, pool, &likes, strength, seed);
        tr_likes_free(&likes);
    }
    return status;
}

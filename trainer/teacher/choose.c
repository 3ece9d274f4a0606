/* SPDX-License-Identifier: MIT */
#include "teacher/choose.h"
#include "common/holdout.h"

enum { TRIES = 6, CUT = 20 };

typedef struct choice {
    tr_pool *pool;
    const tr_ials_options *options;
    tr_likes likes; /* those that are not held out */
    tr_lists held;  /* as places */
    double l2, worth;
} choice;

/* Recall@20 + MAP@20 of the held-out likes. */
static tr_status judge(choice *c, double l2, double *worth) {
    tr_ials_options options = *c->options;
    tr_teacher teacher;
    tr_ranking ranking;
    options.l2 = l2;
    tr_status status = tr_ials(&teacher, c->pool, &c->likes, &options);
    if (status != TR_OK)
        return status;
    tr_ranking_input input = {.user_embedding = teacher.user,
                              .item_embedding = teacher.item,
                              .users = c->likes.user.rows,
                              .items = c->likes.item.rows,
                              .dim = TR_TEACHER_DIM,
                              .train = {c->likes.user.offset, c->likes.user.to},
                              .relevant = c->held,
                              .k = CUT,
                              .k2 = CUT,
                              .threads = tr_pool_threads(c->pool)};
    status = tr_rank(&ranking, &input);
    tr_teacher_free(&teacher);
    if (status != TR_OK)
        return status;
    *worth = ranking.at_k[TR_RECALL] + ranking.at_k[TR_MAP];
    tr_ranking_free(&ranking);
    return TR_OK;
}

/* Goes on in steps of `factor` as long as that is better. */
static tr_status climb(choice *c, double factor, int *better) {
    *better = 0;
    for (int tries = 0; tries < TRIES; tries++) {
        double worth;
        tr_status status = judge(c, c->l2 * factor, &worth);
        if (status != TR_OK || !(worth > c->worth))
            return status;
        *better = 1;
        c->l2 *= factor;
        c->worth = worth;
    }
    return TR_OK;
}

tr_status tr_choose_l2(double *l2, tr_pool *pool, const tr_dataset *set,
                       const tr_ials_options *options) {
    choice c = {.pool = pool, .options = options, .l2 = 0.01};
    tr_holdout held;
    int better = 0;
    tr_status status = tr_holdout_split(&held, set->data);
    if (status != TR_OK)
        return status;
    for (uint32_t i = 0; i < held.offset[set->data->users]; i++)
        held.item[i] = set->place[held.item[i]];
    c.held = (tr_lists){held.offset, held.item};
    status = tr_likes_build(&c.likes, &held.data, set->place, set->candidates);
    if (status == TR_OK)
        status = judge(&c, c.l2, &c.worth);
    if (status == TR_OK)
        status = climb(&c, 2.0, &better);
    if (status == TR_OK && !better)
        status = climb(&c, 0.5, &better);
    *l2 = c.l2;
    tr_likes_free(&c.likes);
    tr_holdout_free(&held);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "teacher/choose.h"
#include "common/holdout.h"

enum { MAX_STEPS = 6, CUT = 20 };

typedef struct choice {
    tr_pool *pool;
    const tr_ials_options *options;
    tr_likes likes;   /* those that are not holdout out */
    tr_lists holdout; /* as places */
    double l2, score;
} choice;

/* Recall@20 + MAP@20 of the holdout-out likes. */
static tr_status evaluate(choice *c, double l2, double *score) {
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
                              .train = {c->likes.user.offset, c->likes.user.column},
                              .relevant = c->holdout,
                              .k = CUT,
                              .k2 = CUT,
                              .threads = tr_pool_threads(c->pool)};
    status = tr_rank(&ranking, &input);
    tr_teacher_free(&teacher);
    if (status != TR_OK)
        return status;
    *score = ranking.at_k[TR_RECALL] + ranking.at_k[TR_MAP];
    tr_ranking_free(&ranking);
    return TR_OK;
}

/* Goes on in steps of `factor` as long as that is better. */
static tr_status search(choice *c, double factor, int *better) {
    *better = 0;
    for (int step = 0; step < MAX_STEPS; step++) {
        double score;
        tr_status status = evaluate(c, c->l2 * factor, &score);
        if (status != TR_OK || !(score > c->score))
            return status;
        *better = 1;
        c->l2 *= factor;
        c->score = score;
    }
    return TR_OK;
}

tr_status tr_choose_l2(double *l2, tr_pool *pool, const tr_dataset *set,
                       const tr_ials_options *options) {
    choice c = {.pool = pool, .options = options, .l2 = 0.01};
    tr_holdout holdout;
    int better = 0;
    tr_status status = tr_holdout_split(&holdout, set->data);
    if (status != TR_OK)
        return status;
    for (uint32_t i = 0; i < holdout.offset[set->data->users]; i++)
        holdout.item[i] = set->candidate_index[holdout.item[i]];
    c.holdout = (tr_lists){holdout.offset, holdout.item};
    status = tr_likes_build(&c.likes, &holdout.data, set->candidate_index, set->candidates);
    if (status == TR_OK)
        status = evaluate(&c, c.l2, &c.score);
    if (status == TR_OK)
        status = search(&c, 2.0, &better);
    if (status == TR_OK && !better)
        status = search(&c, 0.5, &better);
    *l2 = c.l2;
    tr_likes_free(&c.likes);
    tr_holdout_free(&holdout);
    return status;
}

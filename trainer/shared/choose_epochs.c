/* SPDX-License-Identifier: MIT */
/* How many epochs: trainings without a part of train, judged on that part. */
#include "common/holdout.h"
#include "shared/model.h"
#include "shared/net.h"
#include "teacher/choose.h"

#include <stdlib.h>
#include <string.h>

enum { CUT = 20, TRIALS = 4, MAX_JUDGED = 1 << 14, BLOCK = 512 };
static const uint32_t trial_epochs[TRIALS] = {15, 20, 25, 30};

typedef struct trials {
    const tr_hooks *hooks;
    tr_pool *pool;
    tr_holdout holdout;
    tr_dataset set; /* of holdout.data, which has what is holdout out as validation likes */
    uint32_t *user, users;
    /* Of user n: places of what is holdout out, and of what is known. */
    uint32_t *relevant_offset, *relevant, *known_offset, *known;
    uint32_t epochs, before, all; /* of the trial, of those before, of all */
} trials;

static int on_progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    const trials *t = context;
    const tr_hooks *hooks = t->hooks;
    uint32_t of_epoch = steps / t->epochs;
    if (epoch || !hooks->progress)
        return 0;
    return hooks->progress(hooks->context, t->before * of_epoch + step, t->all * of_epoch, NULL);
}

static int on_teaching(void *context) {
    const trials *t = context;
    return t->hooks->teaching ? t->hooks->teaching(t->hooks->context) : 0;
}

/* ---- Who is judged --------------------------------------------------------------------- */

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Adds the places of candidates among the items, as they come. */
static uint32_t add_candidates(const trials *t, uint32_t *to, uint32_t end, const uint32_t *item,
                               uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (t->set.candidate_index[item[i]] != TR_NONE)
            to[end++] = t->set.candidate_index[item[i]];
    return end;
}

static void list_candidates(trials *t) {
    const tr_data *data = &t->holdout.data;
    uint32_t relevant = 0, known = 0;
    for (uint32_t n = 0; n < t->users; n++) {
        uint32_t u = t->user[n], begin = t->holdout.offset[u], first = known;
        t->relevant_offset[n] = relevant;
        t->known_offset[n] = known;
        relevant = add_candidates(t, t->relevant, relevant, t->holdout.item + begin,
                                  t->holdout.offset[u + 1] - begin);
        for (int b = 0; b < TT_MAX_BAGS; b++)
            known = add_candidates(t, t->known, known, data->user[u].history[b],
                                   data->user[u].count[b]);
        qsort(t->known + first, known - first, sizeof *t->known, compare);
    }
    t->relevant_offset[t->users] = relevant;
    t->known_offset[t->users] = known;
}

/* Users from whom something is holdout out: all, or some at even distances. */
static tr_status choose_users(trials *t) {
    const tr_data *data = &t->holdout.data;
    size_t known = 0;
    t->user = malloc(((size_t)data->users + 1) * sizeof *t->user);
    if (!t->user)
        return TR_NO_MEMORY;
    uint32_t count = 0;
    for (uint32_t u = 0; u < data->users; u++)
        if (t->holdout.offset[u + 1] > t->holdout.offset[u])
            t->user[count++] = u;
    t->users = count < MAX_JUDGED ? count : MAX_JUDGED;
    for (uint32_t n = 0; n < t->users; n++) {
        t->user[n] = t->user[tr_part_begin(count, t->users, n)];
        for (int b = 0; b < TT_MAX_BAGS; b++)
            known += data->user[t->user[n]].count[b];
    }
    t->relevant_offset = malloc(((size_t)t->users + 1) * sizeof *t->relevant_offset);
    t->known_offset = malloc(((size_t)t->users + 1) * sizeof *t->known_offset);
    t->relevant = malloc(((size_t)t->holdout.offset[data->users] + 1) * sizeof *t->relevant);
    t->known = malloc((known + 1) * sizeof *t->known);
    if (!t->relevant_offset || !t->known_offset || !t->relevant || !t->known)
        return TR_NO_MEMORY;
    list_candidates(t);
    return TR_OK;
}

/* ---- One trial ------------------------------------------------------------------------- */

/* Recall@20 + MAP@20 of what is holdout out. */
static tr_status rank(const trials *t, const float *user, const float *item, uint32_t dim,
                      double *score) {
    tr_ranking ranking;
    tr_ranking_input input = {.user_embedding = user,
                              .item_embedding = item,
                              .users = t->users,
                              .items = t->set.candidates,
                              .dim = dim,
                              .train = {t->known_offset, t->known},
                              .relevant = {t->relevant_offset, t->relevant},
                              .k = CUT,
                              .k2 = CUT,
                              .threads = tr_pool_threads(t->pool)};
    tr_status status = tr_rank(&ranking, &input);
    if (status != TR_OK)
        return status;
    *score = ranking.at_k[TR_RECALL] + ranking.at_k[TR_MAP];
    tr_ranking_free(&ranking);
    return TR_OK;
}

static tr_status evaluate(trials *t, const tr_model *model, double *score) {
    const tr_shape *shape = &((const tr_shared_model *)model)->shape;
    size_t dim = shape->dim;
    tr_net net;
    tr_batch batch = {0};
    float *user = malloc((t->users * dim + 1) * sizeof *user);
    tr_status status = tr_net_create(&net, t->pool, &t->set, shape, NULL, BLOCK, NULL);
    if (status == TR_OK)
        status = tr_batch_create(&batch, &t->set, BLOCK);
    if (status == TR_OK && !user)
        status = TR_NO_MEMORY;
    for (uint32_t n = 0; n < t->users && status == TR_OK; n += BLOCK) {
        uint32_t some = t->users - n < BLOCK ? t->users - n : BLOCK;
        tr_batch_whole(&batch, &t->set, 1.0f, t->user + n, some);
        tr_net_forward(&net, &batch, model->weight);
        memcpy(user + n * dim, net.user_out, some * dim * sizeof *user);
    }
    if (status == TR_OK)
        status = rank(t, user, net.item_out, (uint32_t)dim, score);
    tr_batch_free(&batch);
    tr_net_free(&net);
    free(user);
    return status;
}

static tr_status try_epochs(trials *t, const tr_options *options, const tr_vocabulary *vocabulary,
                            uint32_t epochs, double *score) {
    const tr_hooks hooks = {.progress = on_progress, .teaching = on_teaching, .context = t};
    tr_options options_of_trial = *options;
    tr_model *model;
    options_of_trial.epochs = t->epochs = epochs;
    tr_status status =
        tr_train_with(&model, &t->holdout.data, vocabulary, &options_of_trial, &hooks);
    if (status != TR_OK)
        return status;
    status = evaluate(t, model, score);
    tr_model_free(model);
    t->before += epochs;
    return status;
}

static tr_status choose_l2(const trials *t, tr_options *options) {
    void *context = (void *)(uintptr_t)t;
    const tr_ials_options options_of_trial = {0.0, options->seed, on_teaching, context};
    double l2;
    if (options->teacher != TR_IALS || options->l2 > 0.0f)
        return TR_OK;
    tr_status status = tr_choose_l2(&l2, t->pool, &t->set, &options_of_trial);
    options->l2 = (float)l2;
    return status;
}

static tr_status prepare(trials *t, const tr_options *options, const tr_data *data,
                         const tr_vocabulary *vocabulary) {
    tr_status status = tr_holdout_split(&t->holdout, data);
    if (status != TR_OK)
        return status;
    t->holdout.data.val_offset = t->holdout.offset;
    t->holdout.data.val_item = t->holdout.item;
    t->pool = tr_pool_create(options->threads);
    if (!t->pool)
        return TR_NO_THREADS;
    status = tr_dataset_build(&t->set, &t->holdout.data, vocabulary);
    return status == TR_OK ? choose_users(t) : status;
}

tr_status tr_choose_epochs(tr_options *options, const tr_data *data,
                           const tr_vocabulary *vocabulary, const tr_hooks *hooks) {
    trials t = {.hooks = hooks};
    double best = -1.0;
    uint32_t chosen = options->epochs;
    for (int i = 0; i < TRIALS; i++)
        t.all += trial_epochs[i];
    tr_status status = prepare(&t, options, data, vocabulary);
    if (status == TR_OK)
        status = choose_l2(&t, options);
    for (int i = 0; i < TRIALS && status == TR_OK && t.users > 0; i++) {
        double score = 0.0;
        status = try_epochs(&t, options, vocabulary, trial_epochs[i], &score);
        if (status == TR_OK && score > best) {
            best = score;
            chosen = trial_epochs[i];
        }
    }
    options->epochs = chosen;
    tr_pool_free(t.pool);
    tr_dataset_free(&t.set);
    tr_holdout_free(&t.holdout);
    free(t.user);
    free(t.relevant_offset);
    free(t.relevant);
    free(t.known_offset);
    free(t.known);
    return status;
}

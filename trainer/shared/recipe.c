/* SPDX-License-Identifier: MIT */
#include "common/optimiser.h"
#include "common/state.h"
#include "kernel/maths.h"
#include "shared/active.h"
#include "shared/baseline.h"
#include "shared/model.h"
#include "shared/negatives.h"
#include "shared/net.h"
#include "shared/shrinkage.h"
#include "teacher/choose.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_BATCH = 16, MAX_BATCH = 1024, MAX_VAL_USERS = 512, MAX_SCALE = 60 };
enum { LARGE_TABLE = 1 << 16 }; /* rows */

typedef struct training {
    tr_train_context context;
    tr_dataset set;
    float *shrinkage; /* [rows] */
    tr_shape shape;
    tr_teacher teacher;
    uint32_t batch_users;
    tr_net net;
    tr_batch batch;
    tr_negatives negatives;
    tr_active active;
    tr_optimiser optimiser;
    float *weight, *gradient;
    uint32_t *order, *val_user, val_users;
} training;

tr_options tr_options_default(void) {
    return (tr_options){.dim = 128,
                        .hidden = 512,
                        .epochs = 25,
                        .batch = 0,
                        .threads = 1,
                        .seed = 1,
                        .lr = 0.003f,
                        .history_keep = 0.5f,
                        .hidden_dropout = 0.5f,
                        .id_dropout = 0.2f,
                        .target_exponent = 0.5f,
                        .ema = 0.98f,
                        .teacher = TR_IALS};
}

/* Users whose validation likes give the loss: all, or some at even distances. */
static tr_status choose_val_users(training *t) {
    const tr_data *data = t->set.data;
    t->val_user = malloc(((size_t)data->users + 1) * sizeof *t->val_user);
    if (!t->val_user)
        return TR_NO_MEMORY;
    uint32_t count = 0;
    for (uint32_t u = 0; u < data->users && data->val_offset; u++)
        if (data->val_offset[u + 1] > data->val_offset[u])
            t->val_user[count++] = u;
    t->val_users = count < MAX_VAL_USERS ? count : MAX_VAL_USERS;
    for (uint32_t i = 0; i < t->val_users; i++)
        t->val_user[i] = t->val_user[tr_part_begin(count, t->val_users, i)];
    return TR_OK;
}

static void plan_steps(training *t) {
    uint32_t users = t->context.options->batch, train_users = t->set.train_users;
    if (users == 0) {
        users = t->set.data->users / 10;
        users = users < MIN_BATCH ? MIN_BATCH : users;
        users = users > MAX_BATCH ? MAX_BATCH : users;
    }
    t->batch_users = users < train_users ? users : train_users;
    /* Batches of nearly one size, none larger than asked for. */
    t->context.steps_per_epoch = (train_users - 1) / t->batch_users + 1;
    t->context.steps = t->context.steps_per_epoch * t->context.options->epochs;
}

static int stop_teaching(void *context) {
    const tr_hooks *hooks = context;
    return hooks->teaching ? hooks->teaching(hooks->context) : 0;
}

static tr_status train_teacher(training *t) {
    const tr_options *options = t->context.options;
    tr_ials_options wanted = {(double)options->l2, options->seed, stop_teaching,
                              (void *)(uintptr_t)t->context.hooks};
    tr_status status = TR_OK;
    if (!(wanted.l2 > 0.0))
        status = tr_choose_l2(&wanted.l2, t->context.pool, &t->set, &wanted);
    tr_likes likes = {0};
    if (status == TR_OK)
        status = tr_likes_build(&likes, t->set.data, t->set.candidate_index, t->set.candidates);
    if (status == TR_OK)
        status = tr_ials(&t->teacher, t->context.pool, &likes, &wanted);
    tr_likes_free(&likes);
    return status;
}

/* Whether a step updates the rows that it has to do with, and the others make it up. */
static int updates_active(const training *t) {
    tr_updating wanted = t->context.options->updating;
    if (wanted == TR_UPDATE_AUTO)
        return t->negatives.kind != TR_SAMPLE_NONE && t->set.rows > LARGE_TABLE;
    return wanted == TR_UPDATE_ACTIVE;
}

static tr_status create_optimiser(training *t) {
    const tr_options *options = t->context.options;
    tr_optimiser_settings settings = {.count = t->shape.count,
                                      .dense_end = t->shape.count,
                                      .width = t->shape.dim,
                                      .steps = t->context.steps,
                                      .lr = (double)options->lr,
                                      .cosine = 1,
                                      .averaged = 1,
                                      .ema = (double)options->ema};
    if (t->active.listed) {
        settings.blocks = 1;
        settings.block[0] = (tr_row_block){t->shape.table, t->shape.rows, NULL};
        settings.dense_begin = t->shape.item;
    }
    return tr_optimiser_create(&t->optimiser, t->context.pool, t->weight, &settings);
}

static tr_status allocate(training *t) {
    tr_status status = tr_active_create(&t->active, &t->set, updates_active(t));
    if (status != TR_OK)
        return status;
    t->weight = malloc(t->shape.count * sizeof *t->weight);
    /* Of a large table the gradient fills the first rows only: the rest of its memory is
     * never written, and so costs nothing. */
    t->gradient = malloc(t->shape.count * sizeof *t->gradient);
    t->order = malloc((size_t)t->set.train_users * sizeof *t->order);
    if (!t->weight || !t->gradient || !t->order)
        return TR_NO_MEMORY;
    memcpy(t->order, t->set.train_user, t->set.train_users * sizeof *t->order);
    tr_shape_init(&t->shape, t->weight, t->context.options->seed);
    return create_optimiser(t);
}

static tr_status read_data(training *t, const tr_data *data, const tr_vocabulary *vocabulary) {
    tr_status status = tr_dataset_build(&t->set, data, vocabulary);
    if (status != TR_OK)
        return status;
    t->shrinkage = tr_shrinkage_of(&t->set);
    if (!t->shrinkage)
        return TR_NO_MEMORY;
    tr_shrinkage_apply(&t->set, t->shrinkage);
    return choose_val_users(t);
}

static tr_status prepare(tr_train_context *context, const tr_data *data,
                         const tr_vocabulary *vocabulary) {
    training *t = (training *)context;
    const tr_options *options = context->options;
    tr_status status = read_data(t, data, vocabulary);
    if (status == TR_OK)
        status = tr_baseline_likes(&context->baseline, &t->set, options->target_exponent);
    if (status != TR_OK)
        return status;
    plan_steps(t);
    t->shape = tr_shape_of(options->dim, options->hidden, t->set.rows, t->set.numerics);
    uint32_t max_users = t->batch_users > t->val_users ? t->batch_users : t->val_users;
    if (options->teacher == TR_IALS)
        status = train_teacher(t);
    if (status == TR_OK)
        status = tr_batch_create(&t->batch, &t->set, max_users);
    if (status == TR_OK)
        status = tr_negatives_create(&t->negatives, &t->set, options, &t->batch);
    if (status == TR_OK)
        status = tr_net_create(&t->net, context->pool, &t->set, &t->shape,
                               t->teacher.user ? &t->teacher : NULL, max_users, &t->negatives);
    return status == TR_OK ? allocate(t) : status;
}

static void finish(tr_train_context *context) {
    training *t = (training *)context;
    tr_dataset_free(&t->set);
    free(t->shrinkage);
    tr_net_free(&t->net);
    tr_teacher_free(&t->teacher);
    tr_batch_free(&t->batch);
    tr_negatives_free(&t->negatives);
    tr_active_free(&t->active);
    tr_optimiser_free(&t->optimiser);
    free(t->weight);
    free(t->gradient);
    free(t->order);
    free(t->val_user);
}

/* Chooses the candidates of a batch, and brings the rows that it reads up to date. */
static void complete_batch(training *t, uint64_t step) {
    tr_negatives_draw(&t->negatives, &t->batch, &t->set, t->context.options->seed, step);
    tr_active_list(&t->active, &t->batch, &t->set);
    if (t->active.listed)
        tr_optimiser_catch_up(&t->optimiser, 0, t->batch.active_row, t->batch.active_rows);
}

static double validate(training *t) {
    tr_batch_whole(&t->batch, &t->set, t->context.options->target_exponent, t->val_user,
                   t->val_users);
    complete_batch(t, UINT32_MAX);
    return tr_net_step(&t->net, &t->batch, t->optimiser.average, NULL);
}

static void begin_epoch(tr_train_context *context, uint32_t epoch) {
    training *t = (training *)context;
    tr_shuffle(t->order, t->set.train_users, context->options->seed, epoch);
}

static tr_status take_step(tr_train_context *context, uint32_t step, double *loss) {
    training *t = (training *)context;
    const tr_options *options = context->options;
    uint32_t step_of_epoch = step % context->steps_per_epoch;
    uint32_t begin = tr_part_begin(t->set.train_users, context->steps_per_epoch, step_of_epoch);
    uint32_t end = tr_part_begin(t->set.train_users, context->steps_per_epoch, step_of_epoch + 1);
    tr_dropout dropout = {options->seed, step, options->history_keep, options->hidden_dropout,
                          options->id_dropout};
    tr_batch_draw(&t->batch, &t->set, &dropout, options->target_exponent, t->order + begin,
                  end - begin);
    complete_batch(t, step);
    *loss = tr_net_step(&t->net, &t->batch, t->weight, t->gradient);
    if (t->active.listed)
        tr_optimiser_step_rows(&t->optimiser, 0, t->batch.active_row, t->batch.active_rows,
                               t->gradient);
    tr_optimiser_step(&t->optimiser, t->gradient);
    float *log_scale = t->weight + t->shape.log_scale, max = (float)tr_log(MAX_SCALE);
    *log_scale = *log_scale > max ? max : *log_scale;
    return TR_OK;
}

static uint64_t likes_of(const training *t) {
    uint64_t likes = 0;
    for (uint32_t n = 0; n < t->set.train_users; n++)
        likes += t->set.data->user[t->set.train_user[n]].count[TT_LIKED];
    return likes;
}

static tr_status end_epoch(tr_train_context *context, tr_epoch *report) {
    training *t = (training *)context;
    if (context->hooks->progress && t->val_users > 0)
        report->val_loss = validate(t);
    report->scale = (double)tr_exp(t->weight[t->shape.log_scale]);
    report->lr = tr_schedule((double)context->options->lr, report->steps - 1, context->steps);
    report->pairs = likes_of(t);
    return TR_OK;
}

static size_t add_parts(tr_tensor *tensor, const tr_shape *shape, float *array,
                        const char *prefix) {
    return tr_prefix_tensors(tensor, tr_shape_tensors(shape, array, tensor), prefix);
}

static size_t tensors(tr_train_context *context, tr_tensor *tensor) {
    training *t = (training *)context;
    const tr_row_block *table = &t->optimiser.settings.block[0];
    size_t count = add_parts(tensor, &t->shape, t->weight, "weight.");
    count += add_parts(tensor + count, &t->shape, t->optimiser.average, "average.");
    count += add_parts(tensor + count, &t->shape, t->optimiser.first, "first_moment.");
    count += add_parts(tensor + count, &t->shape, t->optimiser.second, "second_moment.");
    tensor[count++] = (tr_tensor){"order", TR_U32, t->set.train_users, 1, 0, t->order};
    if (t->active.listed)
        tensor[count++] = (tr_tensor){"table_steps", TR_U32, table->rows, 1, 0, table->done};
    return count;
}

static tr_status resume(tr_train_context *context, uint32_t step) {
    training *t = (training *)context;
    int whole =
        tr_is_permutation(t->order, t->set.train_user, t->set.train_users, t->set.data->users) &&
        tr_optimiser_resume(&t->optimiser, step);
    return whole ? TR_OK : TR_STATE;
}

static tr_model *export_weights(tr_train_context *context) {
    training *t = (training *)context;
    tr_shared_model *model = calloc(1, sizeof *model);
    if (!model)
        return NULL;
    if (t->active.listed)
        tr_optimiser_catch_up(&t->optimiser, 0, NULL, 0);
    tr_shrinkage_fold(t->optimiser.average + t->shape.table, t->shape.dim, &t->set, t->shrinkage);
    model->model = (tr_model){.recipe = &tr_recipe_shared,
                              .weight = t->optimiser.average,
                              .count = t->shape.count,
                              .log_scale = t->shape.log_scale};
    model->shape = t->shape;
    t->optimiser.average = NULL;
    return &model->model;
}

const tr_recipe_operations tr_recipe_shared = {
    .size = sizeof(training),
    .prepare = prepare,
    .tensors = tensors,
    .resume = resume,
    .begin_epoch = begin_epoch,
    .step = take_step,
    .end_epoch = end_epoch,
    .export_weights = export_weights,
    .finish = finish,
    .model_tensors = tr_shared_tensors,
    .embed = tr_shared_embed,
    .describe = tr_shared_describe,
};

/* SPDX-License-Identifier: MIT */
#include "data/batch.h"
#include "kernel/maths.h"
#include "nn/adam.h"
#include "nn/net.h"
#include "run/mlp_train.h"
#include "run/model.h"
#include "run/state.h"
#include "teacher/choose.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_BATCH = 16, MOST_BATCH = 1024, MOST_VAL_USERS = 512, MOST_SCALE = 60 };

typedef struct training {
    const tr_options *options;
    tr_pool *pool;
    tr_dataset set;
    tr_shape shape;
    tr_teacher teacher;
    uint32_t batch_users, steps_per_epoch, steps;
    tr_net net;
    tr_batch batch;
    tr_optimiser optimiser;
    float *weight, *gradient;
    uint32_t *order, *val_user, val_users;
    double epoch_loss; /* sum over the epoch's steps so far */
    const tr_hooks *hooks;
    tr_tensor tensor[TR_STATE_TENSORS];
    tr_state state;
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
    t->val_users = count < MOST_VAL_USERS ? count : MOST_VAL_USERS;
    for (uint32_t i = 0; i < t->val_users; i++)
        t->val_user[i] = t->val_user[tr_part_begin(count, t->val_users, i)];
    return TR_OK;
}

static void plan_steps(training *t) {
    uint32_t users = t->options->batch, trainees = t->set.trainees;
    if (users == 0) {
        users = t->set.data->users / 10;
        users = users < LEAST_BATCH ? LEAST_BATCH : users;
        users = users > MOST_BATCH ? MOST_BATCH : users;
    }
    t->batch_users = users < trainees ? users : trainees;
    /* Batches of nearly one size, none larger than asked for. */
    t->steps_per_epoch = (trainees - 1) / t->batch_users + 1;
    t->steps = t->steps_per_epoch * t->options->epochs;
}

static tr_status prepare(training *t, const tr_data *data, const tr_vocabulary *vocabulary) {
    const tr_options *options = t->options;
    tr_status status = tr_dataset_build(&t->set, data, vocabulary);
    if (status == TR_OK)
        status = choose_val_users(t);
    if (status != TR_OK)
        return status;
    t->pool = tr_pool_create(options->threads);
    if (!t->pool)
        return TR_NO_THREADS;
    plan_steps(t);
    t->shape = tr_shape_of(options->dim, options->hidden, t->set.rows, t->set.numerics);
    uint32_t most = t->batch_users > t->val_users ? t->batch_users : t->val_users;
    if (status == TR_OK && options->teacher == TR_IALS)
        status = tr_teach(&t->teacher, t->pool, &t->set, options->seed);
    if (status == TR_OK)
        status = tr_net_create(&t->net, t->pool, &t->set, &t->shape,
                               options->teacher == TR_IALS ? &t->teacher : NULL, most);
    if (status == TR_OK)
        status = tr_batch_create(&t->batch, &t->set, most);
    if (status != TR_OK)
        return status;
    t->weight = malloc(t->shape.count * sizeof *t->weight);
    t->gradient = malloc(t->shape.count * sizeof *t->gradient);
    t->order = malloc((size_t)t->set.trainees * sizeof *t->order);
    if (!t->weight || !t->gradient || !t->order ||
        !tr_optimiser_create(&t->optimiser, t->shape.count))
        return TR_NO_MEMORY;
    memcpy(t->order, t->set.trainee, t->set.trainees * sizeof *t->order);
    tr_shape_init(&t->shape, t->weight, options->seed);
    memcpy(t->optimiser.average, t->weight, t->shape.count * sizeof *t->weight);
    return TR_OK;
}

static void finish(training *t) {
    tr_pool_free(t->pool);
    tr_dataset_free(&t->set);
    tr_net_free(&t->net);
    tr_teacher_free(&t->teacher);
    tr_batch_free(&t->batch);
    tr_optimiser_free(&t->optimiser);
    free(t->weight);
    free(t->gradient);
    free(t->order);
    free(t->val_user);
}

static double validate(training *t) {
    if (t->val_users == 0)
        return (double)tr_from_bits(0x7fc00000u);
    tr_batch_whole(&t->batch, &t->set, t->options->target_exponent, t->val_user, t->val_users);
    return tr_net_step(&t->net, &t->batch, t->optimiser.average, NULL);
}

static double take_step(training *t, uint32_t step) {
    const tr_options *options = t->options;
    uint32_t of_epoch = step % t->steps_per_epoch;
    uint32_t begin = tr_part_begin(t->set.trainees, t->steps_per_epoch, of_epoch);
    uint32_t end = tr_part_begin(t->set.trainees, t->steps_per_epoch, of_epoch + 1);
    tr_chance chance = {options->seed, step, options->history_keep, options->hidden_dropout,
                        options->id_dropout};
    tr_batch_draw(&t->batch, &t->set, &chance, options->target_exponent, t->order + begin,
                  end - begin);
    double loss = tr_net_step(&t->net, &t->batch, t->weight, t->gradient);
    double lr = tr_schedule((double)options->lr, step, t->steps);
    tr_optimiser_step(&t->optimiser, t->pool, t->weight, t->gradient, lr, (double)options->ema);
    float *log_scale = t->weight + t->shape.log_scale, most = (float)tr_log(MOST_SCALE);
    *log_scale = *log_scale > most ? most : *log_scale;
    return loss;
}

static uint64_t likes_of(const training *t) {
    uint64_t likes = 0;
    for (uint32_t n = 0; n < t->set.trainees; n++)
        likes += t->set.data->user[t->set.trainee[n]].count[TT_LIKED];
    return likes;
}

static int tell_epoch(training *t, uint32_t done) {
    tr_epoch told = {.epoch = done / t->steps_per_epoch,
                     .epochs = t->options->epochs,
                     .steps = done,
                     .train_loss = t->epoch_loss / t->steps_per_epoch,
                     .val_loss = validate(t),
                     .held_loss = (double)tr_from_bits(0x7fc00000u),
                     .scale = (double)tr_exp(t->weight[t->shape.log_scale]),
                     .lr = tr_schedule((double)t->options->lr, done - 1, t->steps),
                     .pairs = likes_of(t)};
    return t->hooks->progress(t->hooks->context, done, t->steps, &told);
}

/* Tells of the step that makes `done`, and lets the state be saved. */
static tr_status tell_step(training *t, uint32_t done) {
    const tr_hooks *hooks = t->hooks;
    int stop = hooks->progress ? hooks->progress(hooks->context, done, t->steps, NULL) : 0;
    if (!stop && hooks->progress && done % t->steps_per_epoch == 0)
        stop = tell_epoch(t, done);
    t->state.step = done;
    t->state.epoch = done / t->steps_per_epoch;
    if (!stop && hooks->save)
        stop = hooks->save(hooks->context, &t->state);
    return stop ? TR_STOPPED : TR_OK;
}

static tr_status run_steps(training *t) {
    tr_status status = TR_OK;
    for (uint32_t step = t->state.step; step < t->steps && status == TR_OK; step++) {
        if (step % t->steps_per_epoch == 0) {
            tr_shuffle(t->order, t->set.trainees, t->options->seed, step / t->steps_per_epoch);
            t->epoch_loss = 0.0;
        }
        double loss = take_step(t, step);
        if (!(loss >= 0.0 && loss < 1e30))
            return TR_DIVERGED;
        t->epoch_loss += loss;
        status = tell_step(t, step + 1);
    }
    return status;
}

static tr_status restore(training *t) {
    t->state = (tr_state){0, t->steps, 0, t->tensor, 0};
    t->state.tensors = tr_state_tensors(t->tensor, &t->shape, t->weight, &t->optimiser, t->order,
                                        t->set.trainees, &t->epoch_loss);
    if (!t->hooks->restore)
        return TR_OK;
    if (t->hooks->restore(t->hooks->context, &t->state) != 0)
        return TR_STOPPED;
    if (t->state.step > t->steps || !tr_order_is_whole(&t->set, t->order))
        return TR_STATE;
    tr_optimiser_resume(&t->optimiser, t->state.step);
    return TR_OK;
}

/* Hands the averaged weights over. */
static tr_status make_model(training *t, tr_model **model) {
    for (size_t i = 0; i < t->shape.count; i++)
        if (!tr_finite(t->optimiser.average[i]))
            return TR_DIVERGED;
    tr_model *made = calloc(1, sizeof *made);
    if (!made)
        return TR_NO_MEMORY;
    made->shape = t->shape;
    made->weight = t->optimiser.average;
    t->optimiser.average = NULL;
    *model = made;
    return TR_OK;
}

tr_status tr_train_with(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                        const tr_options *options, const tr_hooks *hooks) {
    if (options->recipe == TR_MLP)
        return tr_mlp_train(model, data, vocabulary, options, hooks->progress, hooks->context);
    training t = {0};
    t.options = options;
    t.hooks = hooks;
    tr_status status = prepare(&t, data, vocabulary);
    if (status == TR_OK)
        status = restore(&t);
    if (status == TR_OK)
        status = run_steps(&t);
    if (status == TR_OK)
        status = make_model(&t, model);
    finish(&t);
    return status;
}

tr_status tr_train(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                   const tr_options *options, tr_progress progress, void *context) {
    const tr_hooks hooks = {progress, NULL, NULL, context};
    return tr_train_with(model, data, vocabulary, options, &hooks);
}

void tr_model_free(tr_model *model) {
    if (!model)
        return;
    free(model->weight);
    free(model);
}

size_t tr_model_tensors(const tr_model *model, tr_tensor *tensor) {
    if (model->recipe == TR_MLP)
        return tr_mlp_shape_tensors(&model->mlp, model->weight, tensor);
    return tr_shape_tensors(&model->shape, model->weight, tensor);
}

float tr_model_scale(const tr_model *model) {
    int mlp = model->recipe == TR_MLP;
    return tr_exp(model->weight[mlp ? model->mlp.log_scale : model->shape.log_scale]);
}

float tr_model_bias(const tr_model *model) {
    return model->recipe == TR_MLP ? model->weight[model->mlp.bias] : 0.0f;
}

/* SPDX-License-Identifier: MIT */
#include "run/mlp_train.h"
#include "data/batch.h"
#include "data/random.h"
#include "kernel/maths.h"
#include "nn/mlp_adam.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_JUDGED = 1 << 14 }; /* likes whose loss is reported */
static const float most_scale = 60.0f;

typedef struct training {
    const tr_options *options;
    tr_pool *pool;
    tr_mlp_data set;
    tr_mlp_shape shape;
    tr_mlp net;
    tr_mlp_batch batch;
    tr_mlp_adam adam;
    float *weight, *best; /* best: of the epoch with the least held loss */
    double least;
    uint32_t best_epoch;
    uint32_t negatives, steps_per_epoch, steps, numerics[TT_TOWERS];
    uint64_t pairs_per_epoch;
    tr_progress progress;
    void *context;
} training;

tr_options tr_options_mlp(void) {
    return (tr_options){.recipe = TR_MLP,
                        .dim = 128,
                        .hidden = 512,
                        .epochs = 8,
                        .batch = 1024,
                        .threads = 1,
                        .seed = 1,
                        .lr = 0.001f,
                        .loss = TR_BCE,
                        .negatives = 3};
}

/* Examples that fill a batch: step s ends with the one that reaches (s + 1) * batch pairs. */
static void plan_steps(training *t) {
    const tr_data *data = t->set.data;
    t->negatives = t->options->loss == TR_BCE ? t->options->negatives : 0;
    t->pairs_per_epoch = t->set.examples;
    for (uint32_t e = 0; e < t->set.examples; e++)
        if (data->pair[t->set.example[e]].taste == TT_LIKED)
            t->pairs_per_epoch += t->negatives;
    t->steps_per_epoch = (uint32_t)((t->pairs_per_epoch - 1) / t->options->batch + 1);
    t->steps = t->steps_per_epoch * t->options->epochs;
}

/* How many inputs a row of the tower has at once, on average. */
static float present(const tr_mlp_data *set, tt_tower tower) {
    uint32_t rows = tower == TT_ITEM ? set->data->items : set->data->users;
    return (float)set->rows[tower].offset[rows] / (float)rows;
}

static tr_status prepare(training *t, const tr_data *data, const tr_vocabulary *vocabulary) {
    const tr_options *o = t->options;
    tr_status status = tr_mlp_data_build(&t->set, data, vocabulary, o->loss, o->patience > 0);
    if (status != TR_OK)
        return status;
    plan_steps(t);
    memcpy(t->numerics, vocabulary->schema.numerics, sizeof t->numerics);
    if (o->loss == TR_SOFTMAX)
        status = tr_mlp_chances(&t->set, o->batch);
    t->pool = status == TR_OK ? tr_pool_create(o->threads) : NULL;
    if (status == TR_OK && !t->pool)
        status = TR_NO_THREADS;
    uint32_t most = o->batch + t->negatives;
    t->shape = tr_mlp_shape_of(o->dim, o->hidden, t->set.features);
    if (status == TR_OK)
        status = tr_mlp_create(&t->net, t->pool, &t->shape, most, most, o->loss);
    if (status == TR_OK)
        status = tr_mlp_batch_create(&t->batch, &t->set, most);
    if (status != TR_OK)
        return status;
    t->weight = malloc(t->shape.count * sizeof *t->weight);
    t->best = o->patience > 0 ? malloc(t->shape.count * sizeof *t->best) : NULL;
    if (!t->weight || (o->patience > 0 && !t->best))
        return TR_NO_MEMORY;
    const float inputs[TT_TOWERS] = {present(&t->set, TT_USER), present(&t->set, TT_ITEM)};
    tr_mlp_shape_init(&t->shape, t->weight, o->loss == TR_SOFTMAX ? 14.0f : 5.0f, inputs, o->seed);
    return tr_mlp_adam_create(&t->adam, t->pool, &t->shape, t->weight, t->steps, o->lazy_adam);
}

static void finish(training *t) {
    tr_mlp_adam_free(&t->adam);
    tr_mlp_batch_free(&t->batch);
    tr_mlp_free(&t->net);
    tr_mlp_data_free(&t->set);
    tr_pool_free(t->pool);
    free(t->weight);
    free(t->best);
}

/* ---- Losses beside training ------------------------------------------------------------- */

/* A user and an item whose loss is judged; `weight` 0: none. */
typedef struct judged {
    uint32_t user, item;
    float label, weight;
} judged;

static void add_judged(training *t, judged one, uint64_t key) {
    tr_mlp_batch_pair(&t->batch, one.user, one.item, one.label, one.weight);
    if (one.label > 0.0f)
        tr_mlp_batch_negatives(&t->batch, one.user, one.weight, t->negatives, key);
}

/* Adds the loss of the batch to *sum, its weight to *weights. */
static tr_status judge_batch(training *t, double *sum, double *weights) {
    tr_status status = tr_mlp_batch_end(&t->batch);
    if (status != TR_OK || t->batch.weights <= 0.0)
        return status;
    *sum += tr_mlp_step(&t->net, &t->batch, t->weight, NULL, NULL, NULL) * t->batch.weights;
    *weights += t->batch.weights;
    return TR_OK;
}

static judged held_of(const training *t, uint32_t n) {
    const tr_pair *pair = &t->set.data->pair[t->set.held_out[n]];
    return (judged){pair->user, pair->item, pair->taste == TT_LIKED ? 1.0f : 0.0f, pair->weight};
}

static judged val_of(const training *t, uint32_t n) {
    const tr_data *data = t->set.data;
    uint32_t low = 0, high = data->users; /* the user whose list has place n */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (data->val_offset[middle] <= n)
            low = middle;
        else
            high = middle;
    }
    return (judged){low, data->val_item[n], 1.0f, 1.0f};
}

/* The mean loss of `count` pairs, or of some at even distances.  The same
 * unobserved items are drawn each time. */
static tr_status judge(training *t, uint32_t count, judged (*of)(const training *, uint32_t),
                       double *loss) {
    uint32_t some = count < MOST_JUDGED ? count : MOST_JUDGED;
    double sum = 0.0, weights = 0.0;
    *loss = (double)tr_from_bits(0x7fc00000u);
    for (uint32_t n = 0, batches = 0; n < some; batches++) {
        uint64_t key = tr_random_key(t->options->seed, batches, TR_DRAW_HELD);
        tr_mlp_batch_begin(&t->batch);
        for (; n < some && t->batch.pairs < t->options->batch; n++)
            add_judged(t, of(t, tr_part_begin(count, some, n)), key);
        tr_status status = judge_batch(t, &sum, &weights);
        if (status != TR_OK)
            return status;
    }
    if (weights > 0.0)
        *loss = sum / weights;
    return TR_OK;
}

/* ---- Steps and epochs ---------------------------------------------------------------------- */

static tr_status run_step(training *t, uint32_t step, uint32_t *next, uint64_t *drawn,
                          double *loss) {
    const tr_options *o = t->options;
    uint64_t key = tr_random_key(o->seed, step, TR_DRAW_NEGATIVE);
    uint64_t until = ((uint64_t)(step % t->steps_per_epoch) + 1) * o->batch;
    tr_mlp_batch_begin(&t->batch);
    while (*next < t->set.examples && *drawn < until) {
        uint32_t example = t->set.example[(*next)++];
        *drawn += 1;
        if (t->set.data->pair[example].taste == TT_LIKED)
            *drawn += t->negatives;
        tr_mlp_batch_add(&t->batch, example, t->negatives, key);
    }
    tr_status status = tr_mlp_batch_end(&t->batch);
    if (status != TR_OK)
        return status;
    *loss = tr_mlp_adam_step(&t->adam, &t->net, &t->batch, (double)o->lr);
    float *log_scale = t->weight + t->shape.log_scale, most = (float)tr_log((double)most_scale);
    *log_scale = *log_scale > most ? most : *log_scale;
    return *loss >= 0.0 && *loss < 1e30 ? TR_OK : TR_DIVERGED;
}

static tr_status tell(training *t, tr_epoch *told) {
    tr_status status = TR_OK;
    const tr_data *data = t->set.data;
    tr_mlp_adam_settle(&t->adam);
    if (t->options->patience > 0)
        status = judge(t, t->set.held, held_of, &told->held_loss);
    if (status == TR_OK && t->progress && data->val_offset)
        status = judge(t, data->val_offset[data->users], val_of, &told->val_loss);
    if (status == TR_OK && t->progress && t->progress(t->context, told->steps, t->steps, told) != 0)
        status = TR_STOPPED;
    return status;
}

static tr_status run_epoch(training *t, uint32_t epoch, tr_epoch *told) {
    uint32_t first = epoch * t->steps_per_epoch, end = first + t->steps_per_epoch, next = 0;
    uint64_t drawn = 0;
    double sum = 0.0, nothing = (double)tr_from_bits(0x7fc00000u);
    tr_shuffle(t->set.example, t->set.examples, t->options->seed, epoch);
    for (uint32_t step = first; step < end; step++) {
        double loss;
        tr_status status = run_step(t, step, &next, &drawn, &loss);
        if (status != TR_OK)
            return status;
        sum += loss;
        if (t->progress && t->progress(t->context, step + 1, t->steps, NULL) != 0)
            return TR_STOPPED;
    }
    *told = (tr_epoch){.epoch = epoch + 1,
                       .epochs = t->options->epochs,
                       .steps = end,
                       .train_loss = sum / t->steps_per_epoch,
                       .val_loss = nothing,
                       .held_loss = nothing,
                       .scale = (double)tr_exp(t->weight[t->shape.log_scale]),
                       .lr = (double)t->options->lr,
                       .pairs = drawn};
    return tell(t, told);
}

/* Whether training goes on; keeps the weights of the best epoch so far. */
static int keep_best(training *t, const tr_epoch *told) {
    if (t->options->patience == 0)
        return 1;
    if (t->best_epoch == 0 || told->held_loss < t->least) {
        t->least = told->held_loss;
        t->best_epoch = told->epoch;
        memcpy(t->best, t->weight, t->shape.count * sizeof *t->best);
    }
    return told->epoch - t->best_epoch < t->options->patience;
}

static tr_status make_model(training *t, tr_model **model) {
    float **from = t->best ? &t->best : &t->weight;
    for (size_t i = 0; i < t->shape.count; i++)
        if (!tr_finite((*from)[i]))
            return TR_DIVERGED;
    tr_model *made = calloc(1, sizeof *made);
    if (!made)
        return TR_NO_MEMORY;
    made->recipe = TR_MLP;
    made->mlp = t->shape;
    memcpy(made->numerics, t->numerics, sizeof made->numerics);
    made->weight = *from;
    *from = NULL;
    *model = made;
    return TR_OK;
}

tr_status tr_mlp_train(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                       const tr_options *options, tr_progress progress, void *context) {
    training t = {.options = options, .progress = progress, .context = context};
    tr_status status = prepare(&t, data, vocabulary);
    int more = 1;
    for (uint32_t epoch = 0; epoch < options->epochs && status == TR_OK && more; epoch++) {
        tr_epoch told;
        status = run_epoch(&t, epoch, &told);
        more = status == TR_OK && keep_best(&t, &told);
    }
    if (status == TR_OK)
        status = make_model(&t, model);
    finish(&t);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "common/random.h"
#include "common/state.h"
#include "kernel/maths.h"
#include "kernel/pages.h"
#include "mlp/baseline.h"
#include "mlp/model.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_JUDGED = 1 << 14 }; /* likes whose loss is reported */
static const float max_scale = 60.0f;

typedef struct training {
    tr_train_context context;
    tr_mlp_data set;
    tr_mlp_shape shape;
    tr_mlp net;
    tr_mlp_batch batch;
    tr_optimiser optimiser;
    float *weight, *gradient; /* gradient: [shape.dense] */
    uint32_t *order, next;    /* of the examples; the first one that the epoch has not had */
    uint64_t drawn;           /* pairs of the epoch so far */
    /* With patience: the weights of the epoch with the least held loss. */
    float *best;
    double min_loss;
    uint32_t best_epoch;
    uint32_t numerics[TT_TOWERS];
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

/* Pairs that an example becomes. */
static uint32_t pairs_of(const training *t, uint32_t example) {
    const tr_pair *pair = &t->set.data->pair[example];
    return 1 + (pair->label == TT_LIKED ? t->set.negatives[pair->user] : 0);
}

/* Examples that fill a batch: step s ends with the one that reaches (s + 1) * batch pairs. */
static void plan_steps(training *t) {
    const tr_options *o = t->context.options;
    uint64_t pairs = 0;
    for (uint32_t e = 0; e < t->set.examples; e++)
        pairs += pairs_of(t, t->set.example[e]);
    t->context.steps_per_epoch = (uint32_t)((pairs - 1) / o->batch + 1);
    t->context.steps = t->context.steps_per_epoch * o->epochs;
}

/* How many inputs a row of the tower has at once, on average. */
static float present(const tr_mlp_data *set, tt_tower tower) {
    uint32_t rows = tower == TT_ITEM ? set->data->items : set->data->users;
    return (float)set->rows[tower].offset[rows] / (float)rows;
}

static tr_status allocate(training *t) {
    const tr_options *o = t->context.options;
    t->weight = tr_table_memory(t->shape.count);
    t->order = malloc(((size_t)t->set.examples + 1) * sizeof *t->order);
    t->best = o->patience > 0 ? calloc(t->shape.count, sizeof *t->best) : NULL;
    t->gradient = calloc(t->shape.dense, sizeof *t->gradient);
    if (!t->weight || !t->gradient || !t->order || (o->patience > 0 && !t->best))
        return TR_NO_MEMORY;
    memcpy(t->order, t->set.example, t->set.examples * sizeof *t->order);
    const float inputs[TT_TOWERS] = {present(&t->set, TT_USER), present(&t->set, TT_ITEM)};
    tr_mlp_shape_init(&t->shape, t->weight, o->loss == TR_SOFTMAX ? 14.0f : 5.0f, inputs, o->seed);
    return tr_mlp_optimiser(&t->optimiser, t->context.pool, &t->shape, t->weight, t->context.steps,
                            (double)o->lr);
}

static tr_status prepare(tr_train_context *context, const tr_data *data,
                         const tr_vocabulary *vocabulary) {
    training *t = (training *)context;
    const tr_options *o = context->options;
    tr_status status = tr_mlp_data_build(&t->set, data, vocabulary, o);
    if (status != TR_OK)
        return status;
    plan_steps(t);
    memcpy(t->numerics, vocabulary->schema.numerics, sizeof t->numerics);
    status = o->loss == TR_BCE ? tr_baseline_pairs(&context->baseline, &t->set)
                               : tr_mlp_log_q(&t->set, o->batch);
    uint32_t max_pairs = o->batch + (o->loss == TR_BCE ? o->negatives : 0);
    t->shape = tr_mlp_shape_of(o->dim, o->hidden, t->set.features);
    if (status == TR_OK)
        status = tr_mlp_create(&t->net, context->pool, &t->shape, max_pairs, max_pairs, o->loss);
    if (status == TR_OK)
        status = tr_mlp_batch_create(&t->batch, &t->set, max_pairs);
    return status == TR_OK ? allocate(t) : status;
}

static void finish(tr_train_context *context) {
    training *t = (training *)context;
    tr_optimiser_free(&t->optimiser);
    tr_mlp_batch_free(&t->batch);
    tr_mlp_free(&t->net);
    tr_mlp_data_free(&t->set);
    free(t->weight);
    free(t->gradient);
    free(t->order);
    free(t->best);
}

/* ---- Losses beside training ------------------------------------------------------------- */

/* A user and an item whose loss is example; `weight` 0: none. */
typedef struct labelled_pair {
    uint32_t user, item;
    float label, weight;
} labelled_pair;

/* Adds the loss of the batch to *sum, its weight to *weights. */
static tr_status judge_batch(training *t, double *sum, double *weights) {
    tr_status status = tr_mlp_batch_end(&t->batch);
    if (status != TR_OK || t->batch.weights <= 0.0)
        return status;
    *sum += tr_mlp_step(&t->net, &t->batch, t->weight, NULL, NULL, NULL) * t->batch.weights;
    *weights += t->batch.weights;
    return TR_OK;
}

static labelled_pair holdout_of(const training *t, uint32_t n) {
    const tr_pair *pair = &t->set.data->pair[t->set.held_pair[n]];
    return (labelled_pair){pair->user, pair->item, pair->label == TT_LIKED ? 1.0f : 0.0f,
                           pair->weight};
}

static labelled_pair val_of(const training *t, uint32_t n) {
    const tr_data *data = t->set.data;
    uint32_t low = 0, high = data->users; /* the user whose list has place n */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (data->val_offset[middle] <= n)
            low = middle;
        else
            high = middle;
    }
    return (labelled_pair){low, data->val_item[n], 1.0f, 1.0f};
}

/* The mean loss of `count` pairs, or of some at even distances.  The same
 * unobserved items are drawn each time. */
static tr_status judge(training *t, uint32_t count, labelled_pair (*of)(const training *, uint32_t),
                       double *loss) {
    uint32_t some = count < MAX_JUDGED ? count : MAX_JUDGED;
    double sum = 0.0, weights = 0.0;
    *loss = (double)tr_from_bits(0x7fc00000u);
    for (uint32_t n = 0, batches = 0; n < some; batches++) {
        uint64_t key = tr_random_key(t->context.options->seed, batches, TR_DRAW_HOLDOUT);
        tr_mlp_batch_begin(&t->batch);
        for (; n < some && t->batch.pairs < t->context.options->batch; n++) {
            labelled_pair one = of(t, tr_part_begin(count, some, n));
            tr_mlp_batch_example(&t->batch, one.user, one.item, one.label, one.weight, key);
        }
        tr_status status = judge_batch(t, &sum, &weights);
        if (status != TR_OK)
            return status;
    }
    if (weights > 0.0)
        *loss = sum / weights;
    return TR_OK;
}

/* ---- Steps and epochs ---------------------------------------------------------------------- */

static void begin_epoch(tr_train_context *context, uint32_t epoch) {
    training *t = (training *)context;
    tr_shuffle(t->order, t->set.examples, context->options->seed, epoch);
    t->next = 0;
    t->drawn = 0;
}

/* The example to add to the epoch's step number `step_of_epoch`; 0: it has enough. */
static int next_example(training *t, uint32_t step_of_epoch, uint32_t *example) {
    if (t->next == t->set.examples ||
        t->drawn >= ((uint64_t)step_of_epoch + 1) * t->context.options->batch)
        return 0;
    *example = t->order[t->next++];
    t->drawn += pairs_of(t, *example);
    return 1;
}

static tr_status take_step(tr_train_context *context, uint32_t step, double *loss) {
    training *t = (training *)context;
    const tr_options *o = context->options;
    uint64_t key = tr_random_key(o->seed, step, TR_DRAW_NEGATIVE);
    tr_mlp_batch_begin(&t->batch);
    for (uint32_t example; next_example(t, step % context->steps_per_epoch, &example);)
        tr_mlp_batch_add(&t->batch, example, key);
    tr_status status = tr_mlp_batch_end(&t->batch);
    if (status != TR_OK)
        return status;
    *loss = tr_mlp_train_step(&t->net, &t->batch, &t->optimiser, t->gradient);
    float *log_scale = t->weight + t->shape.log_scale, max = (float)tr_log((double)max_scale);
    *log_scale = *log_scale > max ? max : *log_scale;
    return TR_OK;
}

static void keep_best(training *t, const tr_epoch *report) {
    if (t->best_epoch > 0 && !(report->holdout_loss < t->min_loss))
        return;
    t->min_loss = report->holdout_loss;
    t->best_epoch = report->epoch;
    memcpy(t->best, t->weight, t->shape.count * sizeof *t->best);
}

static tr_status end_epoch(tr_train_context *context, tr_epoch *report) {
    training *t = (training *)context;
    const tr_data *data = t->set.data;
    tr_status status = TR_OK;
    for (uint32_t tower = 0; tower < TT_TOWERS; tower++)
        tr_optimiser_catch_up(&t->optimiser, tower, NULL, 0);
    if (t->best) {
        status = judge(t, t->set.held_pairs, holdout_of, &report->holdout_loss);
        keep_best(t, report);
    }
    if (status == TR_OK && context->hooks->progress && data->val_offset)
        status = judge(t, data->val_offset[data->users], val_of, &report->val_loss);
    report->scale = (double)tr_exp(t->weight[t->shape.log_scale]);
    report->lr = (double)context->options->lr;
    report->pairs = t->drawn;
    return status;
}

static int is_over(const tr_train_context *context, uint32_t epochs) {
    const training *t = (const training *)context;
    return t->best && epochs - t->best_epoch >= context->options->patience;
}

/* ---- State ----------------------------------------------------------------------------------- */

static size_t add_parts(tr_tensor *tensor, const tr_mlp_shape *shape, float *array,
                        const char *prefix) {
    return tr_prefix_tensors(tensor, tr_mlp_shape_tensors(shape, array, tensor), prefix);
}

static size_t tensors(tr_train_context *context, tr_tensor *tensor) {
    static const char *const done[TT_TOWERS] = {"user_steps", "item_steps"};
    training *t = (training *)context;
    size_t count = add_parts(tensor, &t->shape, t->weight, "weight.");
    count += add_parts(tensor + count, &t->shape, t->optimiser.first, "first_moment.");
    count += add_parts(tensor + count, &t->shape, t->optimiser.second, "second_moment.");
    for (int tower = 0; tower < TT_TOWERS; tower++) {
        tr_tensor *to = &tensor[count++];
        *to = (tr_tensor){"", TR_U32, t->shape.inputs[tower],
                          1,  0,      t->optimiser.settings.block[tower].done};
        memcpy(to->name, done[tower], strlen(done[tower]));
    }
    tensor[count++] = (tr_tensor){"order", TR_U32, t->set.examples, 1, 0, t->order};
    if (!t->best)
        return count;
    count += add_parts(tensor + count, &t->shape, t->best, "best.");
    tensor[count++] = (tr_tensor){"best_epoch", TR_U32, 1, 1, 0, &t->best_epoch};
    tensor[count++] = (tr_tensor){"min_holdout_loss", TR_F64, 1, 1, 0, &t->min_loss};
    return count;
}

static tr_status resume(tr_train_context *context, uint32_t step) {
    training *t = (training *)context;
    uint32_t step_of_epoch = step % context->steps_per_epoch, example;
    if (!tr_is_permutation(t->order, t->set.example, t->set.examples, t->set.data->pairs) ||
        !tr_optimiser_resume(&t->optimiser, step) ||
        t->best_epoch > step / context->steps_per_epoch)
        return TR_STATE;
    t->next = 0;
    t->drawn = 0;
    for (uint32_t s = 0; s < step_of_epoch; s++)
        while (next_example(t, s, &example))
            ;
    return TR_OK;
}

static tr_model *export_weights(tr_train_context *context) {
    training *t = (training *)context;
    float **from = t->best ? &t->best : &t->weight;
    tr_mlp_model *model = calloc(1, sizeof *model);
    if (!model)
        return NULL;
    model->model = (tr_model){.recipe = &tr_recipe_mlp,
                              .weight = *from,
                              .count = t->shape.count,
                              .log_scale = t->shape.log_scale,
                              .bias = t->shape.bias};
    model->shape = t->shape;
    memcpy(model->numerics, t->numerics, sizeof model->numerics);
    *from = NULL;
    return &model->model;
}

const tr_recipe_operations tr_recipe_mlp = {
    .size = sizeof(training),
    .prepare = prepare,
    .tensors = tensors,
    .resume = resume,
    .begin_epoch = begin_epoch,
    .step = take_step,
    .end_epoch = end_epoch,
    .is_over = is_over,
    .export_weights = export_weights,
    .finish = finish,
    .model_tensors = tr_mlp_tensors,
    .embed = tr_mlp_embed,
    .describe = tr_mlp_describe,
};

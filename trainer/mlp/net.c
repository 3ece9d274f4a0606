/* SPDX-License-Identifier: MIT */
#include "mlp/net.h"
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

static float *floats(size_t rows, size_t columns, int *good) {
    float *memory = malloc((rows * columns + 1) * sizeof *memory);
    *good &= memory != NULL;
    return memory;
}

static double *doubles(size_t count, int *good) {
    double *memory = malloc((count + 1) * sizeof *memory);
    *good &= memory != NULL;
    return memory;
}

tr_status tr_mlp_create(tr_mlp *net, tr_pool *pool, const tr_mlp_shape *shape, uint32_t rows,
                        uint32_t pairs, tr_objective loss) {
    memset(net, 0, sizeof *net);
    net->pool = pool;
    net->shape = *shape;
    net->rows = rows;
    net->pairs = pairs;
    size_t dim = shape->dim, hidden = shape->hidden;
    int good = 1;
    for (int t = 0; t < TT_TOWERS; t++) {
        net->hidden[t] = floats(rows, hidden + 1, &good);
        net->out[t] = floats(rows, dim, &good);
        net->inverse[t] = floats(rows, 1, &good);
        net->change[t] = floats(rows, dim, &good);
    }
    net->slope = floats(rows, hidden, &good);
    net->score = floats(loss == TR_SOFTMAX ? rows : 1, loss == TR_SOFTMAX ? rows : pairs, &good);
    net->target = floats(1, pairs, &good);
    net->row = floats(TR_MLP_PARTS, hidden, &good);
    net->loss = doubles(rows, &good);
    net->by_scale = doubles(rows, &good);
    net->by_bias = doubles(rows, &good);
    if (good)
        return TR_OK;
    tr_mlp_free(net);
    return TR_NO_MEMORY;
}

void tr_mlp_free(tr_mlp *net) {
    for (int t = 0; t < TT_TOWERS; t++) {
        free(net->hidden[t]);
        free(net->out[t]);
        free(net->inverse[t]);
        free(net->change[t]);
    }
    free(net->slope);
    free(net->score);
    free(net->target);
    free(net->row);
    free(net->loss);
    free(net->by_scale);
    free(net->by_bias);
    memset(net, 0, sizeof *net);
}

/* A loop over the rows or the inputs of one tower. */
typedef struct tower_work {
    tr_mlp *net;
    tt_tower tower;
    const tr_mlp_side *side;
} tower_work;

static tower_work work_on(tr_mlp *net, tt_tower tower) {
    return (tower_work){net, tower, &net->batch->side[tower]};
}

static void gather_part(void *context, uint32_t part) {
    const tower_work *work = context;
    const tr_mlp *net = work->net;
    const tr_mlp_side *side = work->side;
    uint32_t hidden = net->shape.hidden, end = tr_part_begin(side->count, TR_MLP_PARTS, part + 1);
    const float *table = net->weight + net->shape.first[work->tower];
    for (uint32_t n = tr_part_begin(side->count, TR_MLP_PARTS, part); n < end; n++) {
        size_t begin = side->rows->offset[side->row[n]];
        float *unit = net->hidden[work->tower] + (size_t)n * (hidden + 1);
        tr_sum sum = {side->rows->entry + begin, side->rows->offset[side->row[n] + 1] - begin, 0,
                      hidden, hidden};
        tr_kernels_now()->sum_rows(unit, table, &sum);
        for (uint32_t j = 0; j < hidden; j++)
            unit[j] = unit[j] > 0.0f ? unit[j] : 0.0f;
        unit[hidden] = 1.0f;
    }
}

static void normalise_part(void *context, uint32_t part) {
    const tower_work *work = context;
    tr_mlp *net = work->net;
    uint32_t dim = net->shape.dim, end = tr_part_begin(work->side->count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(work->side->count, TR_MLP_PARTS, part); n < end; n++)
        net->inverse[work->tower][n] = tr_normalise(net->out[work->tower] + (size_t)n * dim, dim);
}

void tr_mlp_forward(tr_mlp *net) {
    uint32_t dim = net->shape.dim, hidden = net->shape.hidden;
    for (int t = 0; t < TT_TOWERS; t++) {
        tower_work work = work_on(net, (tt_tower)t);
        tr_pool_run(net->pool, gather_part, &work, TR_MLP_PARTS);
        tr_matmul(net->pool, net->out[t], dim, tr_rows_of(net->hidden[t], hidden + 1),
                  tr_rows_of(net->weight + net->shape.second[t], dim), work.side->count, dim,
                  hidden + 1, 0);
        tr_pool_run(net->pool, normalise_part, &work, TR_MLP_PARTS);
    }
}

static void unit_part(void *context, uint32_t part) {
    const tower_work *work = context;
    tr_mlp *net = work->net;
    uint32_t dim = net->shape.dim, end = tr_part_begin(work->side->count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(work->side->count, TR_MLP_PARTS, part); n < end; n++)
        tr_unit_backward(net->change[work->tower] + (size_t)n * dim,
                         net->out[work->tower] + (size_t)n * dim, net->inverse[work->tower][n],
                         dim);
}

static void deactivate_part(void *context, uint32_t part) {
    const tower_work *work = context;
    tr_mlp *net = work->net;
    uint32_t hidden = net->shape.hidden;
    uint32_t end = tr_part_begin(work->side->count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(work->side->count, TR_MLP_PARTS, part); n < end; n++) {
        const float *unit = net->hidden[work->tower] + (size_t)n * (hidden + 1);
        float *slope = net->slope + (size_t)n * hidden;
        for (uint32_t j = 0; j < hidden; j++)
            slope[j] = unit[j] > 0.0f ? slope[j] : 0.0f;
    }
}

/* Each input's gradient is summed over the rows that have it, in their order. */
static void scatter_part(void *context, uint32_t part) {
    const tower_work *work = context;
    const tr_mlp *net = work->net;
    const tr_mlp_side *side = work->side;
    uint32_t hidden = net->shape.hidden;
    float *row = net->row + (size_t)part * hidden;
    uint32_t end = tr_part_begin(side->inputs, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(side->inputs, TR_MLP_PARTS, part); n < end; n++) {
        size_t begin = side->input_rows.offset[side->input[n]];
        size_t last = side->input_rows.offset[side->input[n] + 1];
        tr_sum sum = {side->input_rows.entry + begin, last - begin,
                      side->input_rows.offset[side->all] - last, hidden, hidden};
        tr_kernels_now()->sum_rows(row, net->slope, &sum);
        net->take(net->context, work->tower, side->input[n], row,
                  side->input[n + 1 < side->inputs ? n + 1 : n]);
    }
}

void tr_mlp_backward(tr_mlp *net) {
    uint32_t dim = net->shape.dim, hidden = net->shape.hidden;
    /* The tower that came last is still in the cache. */
    for (int t = TT_TOWERS; t-- > 0;) {
        tower_work work = work_on(net, (tt_tower)t);
        uint32_t count = work.side->count;
        tr_view out = tr_rows_of(net->change[t], dim);
        tr_pool_run(net->pool, unit_part, &work, TR_MLP_PARTS);
        tr_matmul(net->pool, net->gradient + net->shape.second[t], dim,
                  tr_transposed(net->hidden[t], hidden + 1), out, hidden + 1, dim, count, 0);
        tr_matmul(net->pool, net->slope, hidden, out,
                  tr_transposed(net->weight + net->shape.second[t], dim), count, hidden, dim, 0);
        tr_pool_run(net->pool, deactivate_part, &work, TR_MLP_PARTS);
        tr_pool_run(net->pool, scatter_part, &work, TR_MLP_PARTS);
    }
}

double tr_mlp_step(tr_mlp *net, const tr_mlp_batch *batch, const float *weight, float *gradient,
                   tr_mlp_take take_row, void *context) {
    net->batch = batch;
    net->weight = weight;
    net->gradient = gradient;
    net->take = take_row;
    net->context = context;
    net->scale = tr_exp(weight[net->shape.log_scale]);
    net->bias = weight[net->shape.bias];
    tr_mlp_forward(net);
    double loss = batch->set->log_q ? tr_mlp_softmax(net) : tr_mlp_bce(net);
    if (gradient)
        tr_mlp_backward(net);
    return loss;
}

tr_status tr_mlp_optimiser(tr_optimiser *optimiser, tr_pool *pool, const tr_mlp_shape *shape,
                           float *weight, uint32_t steps, double lr) {
    tr_optimiser_settings settings = {.count = shape->count,
                                      .dense_end = shape->dense,
                                      .blocks = TT_TOWERS,
                                      .width = shape->hidden,
                                      .steps = steps,
                                      .lr = lr};
    for (int t = 0; t < TT_TOWERS; t++)
        settings.block[t] = (tr_row_block){shape->first[t], shape->inputs[t], NULL};
    return tr_optimiser_create(optimiser, pool, weight, &settings);
}

static void step_row(void *context, tt_tower tower, uint32_t input, const float *gradient,
                     uint32_t next) {
    tr_optimiser_step_row(context, (uint32_t)tower, input, next, gradient);
}

double tr_mlp_train_step(tr_mlp *net, const tr_mlp_batch *batch, tr_optimiser *optimiser,
                         float *gradient) {
    for (uint32_t t = 0; t < TT_TOWERS; t++)
        tr_optimiser_catch_up(optimiser, t, batch->side[t].input, batch->side[t].inputs);
    double loss = tr_mlp_step(net, batch, optimiser->weight, gradient, step_row, optimiser);
    tr_optimiser_step(optimiser, gradient);
    return loss;
}

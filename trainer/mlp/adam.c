/* SPDX-License-Identifier: MIT */
#include "mlp/adam.h"

#include "kernel/pages.h"

#include <stdlib.h>
#include <string.h>

tr_status tr_mlp_adam_create(tr_mlp_adam *adam, tr_pool *pool, const tr_mlp_shape *shape,
                             float *weight, uint32_t most, int lazy) {
    memset(adam, 0, sizeof *adam);
    adam->pool = pool;
    adam->shape = *shape;
    adam->weight = weight;
    adam->most = most;
    adam->lazy = lazy;
    adam->power1 = adam->power2 = 1.0;
    adam->first = tr_table_memory(shape->count);
    adam->second = tr_table_memory(shape->count);
    adam->gradient = calloc(shape->dense, sizeof(float));
    adam->step = malloc(((size_t)most + 1) * sizeof *adam->step);
    int good = adam->first && adam->second && adam->gradient && adam->step;
    for (int t = 0; t < TT_TOWERS; t++) {
        adam->done[t] = calloc(shape->inputs[t], sizeof *adam->done[t]);
        good &= adam->done[t] != NULL;
    }
    if (good)
        return TR_OK;
    tr_mlp_adam_free(adam);
    return TR_NO_MEMORY;
}

void tr_mlp_adam_free(tr_mlp_adam *adam) {
    free(adam->first);
    free(adam->second);
    free(adam->gradient);
    free(adam->step);
    for (int t = 0; t < TT_TOWERS; t++)
        free(adam->done[t]);
    memset(adam, 0, sizeof *adam);
}

/* Some rows of one tower: those of a list, or all. */
typedef struct some_rows {
    tr_mlp_adam *adam;
    tt_tower tower;
    uint32_t count;
    const uint32_t *input; /* NULL: all */
} some_rows;

static tr_adam_row row_of(const tr_mlp_adam *adam, tt_tower tower, uint32_t input, uint32_t next) {
    size_t hidden = adam->shape.hidden, at = adam->shape.first[tower] + input * hidden;
    return (tr_adam_row){adam->weight + at,
                         adam->first + at,
                         adam->second + at,
                         NULL,
                         hidden,
                         ((ptrdiff_t)next - (ptrdiff_t)input) * (ptrdiff_t)hidden};
}

static void catch_up(tr_mlp_adam *adam, tt_tower tower, uint32_t input, uint32_t next) {
    uint32_t done = adam->done[tower][input];
    if (done < adam->steps && !adam->lazy) {
        tr_adam_row row = row_of(adam, tower, input, next);
        tr_adam_rest(adam->step + done, adam->steps - done, &row);
    }
    adam->done[tower][input] = adam->steps;
}

static void catch_up_part(void *context, uint32_t part) {
    const some_rows *rows = context;
    uint32_t end = tr_part_begin(rows->count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(rows->count, TR_MLP_PARTS, part); n < end; n++) {
        uint32_t next = n + 1 < rows->count ? n + 1 : n;
        catch_up(rows->adam, rows->tower, rows->input ? rows->input[n] : n,
                 rows->input ? rows->input[next] : next);
    }
}

static void take_row(void *context, tt_tower tower, uint32_t input, const float *gradient,
                     uint32_t next) {
    tr_mlp_adam *adam = context;
    tr_adam_row row = row_of(adam, tower, input, next);
    tr_adam_step(&adam->step[adam->steps], &row, gradient);
    adam->done[tower][input] = adam->steps + 1;
}

/* Plans the step that comes next. */
static void plan_step(tr_mlp_adam *adam, double lr) {
    adam->power1 *= 0.9;
    adam->power2 *= 0.999;
    adam->step[adam->steps] = (tr_adam){.rate = (float)(lr / (1.0 - adam->power1)),
                                        .correction = (float)(1.0 / (1.0 - adam->power2))};
}

int tr_mlp_adam_resume(tr_mlp_adam *adam, uint32_t steps, double lr) {
    for (int t = 0; t < TT_TOWERS; t++)
        for (uint32_t i = 0; i < adam->shape.inputs[t]; i++)
            if (adam->done[t][i] > steps)
                return 0;
    for (adam->steps = 0; adam->steps < steps; adam->steps++)
        plan_step(adam, lr);
    return 1;
}

double tr_mlp_adam_step(tr_mlp_adam *adam, tr_mlp *net, const tr_mlp_batch *batch, double lr) {
    plan_step(adam, lr);
    for (int t = 0; t < TT_TOWERS; t++) {
        const tr_mlp_side *side = &batch->side[t];
        some_rows rows = {adam, (tt_tower)t, side->inputs, side->input};
        tr_pool_run(adam->pool, catch_up_part, &rows, TR_MLP_PARTS);
    }
    double loss = tr_mlp_step(net, batch, adam->weight, adam->gradient, take_row, adam);
    tr_adam_row dense = {adam->weight, adam->first, adam->second, NULL, adam->shape.dense, 0};
    tr_adam_step(&adam->step[adam->steps], &dense, adam->gradient);
    adam->steps++;
    return loss;
}

void tr_mlp_adam_settle(tr_mlp_adam *adam) {
    for (int t = 0; t < TT_TOWERS; t++) {
        some_rows rows = {adam, (tt_tower)t, adam->shape.inputs[t], NULL};
        tr_pool_run(adam->pool, catch_up_part, &rows, TR_MLP_PARTS);
    }
}

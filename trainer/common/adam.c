/* SPDX-License-Identifier: MIT */
#include "common/adam.h"
#include "kernel/maths.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 20, CHUNK = 1 << 14, PARTS = 64 };

double tr_schedule(double lr, uint32_t step, uint32_t total) {
    double warm = step + 1 < WARM_UP ? (step + 1.0) / WARM_UP : 1.0;
    double done = (double)step / total;
    return lr * warm * (0.02 + 0.98 * 0.5 * (1.0 + tr_cos_pi(done)));
}

static void plan_steps(tr_adam *plan, double lr, double ema, uint32_t steps) {
    double power1 = 1.0, power2 = 1.0;
    for (uint32_t n = 0; n < steps; n++) {
        double most = n / (n + 10.0);
        power1 *= 0.9;
        power2 *= 0.999;
        plan[n] = (tr_adam){.rate = (float)(tr_schedule(lr, n, steps) / (1.0 - power1)),
                            .correction = (float)(1.0 / (1.0 - power2)),
                            .ema = (float)(ema < most ? ema : most)};
    }
}

int tr_optimiser_create(tr_optimiser *optimiser, size_t count, double lr, double ema,
                        uint32_t steps, uint32_t rows, uint32_t dim) {
    memset(optimiser, 0, sizeof *optimiser);
    optimiser->count = count;
    optimiser->rows = rows;
    optimiser->dim = dim;
    optimiser->first = calloc(count, sizeof(float));
    optimiser->second = calloc(count, sizeof(float));
    optimiser->average = calloc(count, sizeof(float));
    optimiser->plan = malloc(((size_t)steps + 1) * sizeof *optimiser->plan);
    optimiser->done = calloc((size_t)rows + 1, sizeof *optimiser->done);
    if (optimiser->first && optimiser->second && optimiser->average && optimiser->plan &&
        optimiser->done) {
        plan_steps(optimiser->plan, lr, ema, steps);
        return 1;
    }
    tr_optimiser_free(optimiser);
    return 0;
}

void tr_optimiser_free(tr_optimiser *optimiser) {
    free(optimiser->first);
    free(optimiser->second);
    free(optimiser->average);
    free(optimiser->plan);
    free(optimiser->done);
    memset(optimiser, 0, sizeof *optimiser);
}

int tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps) {
    for (uint32_t r = 0; r < optimiser->rows; r++)
        if (optimiser->done[r] > steps)
            return 0;
    optimiser->steps = steps;
    return 1;
}

/* Some of the parameters, and some of the rows. */
typedef struct update {
    tr_optimiser *optimiser;
    float *weight;
    const float *gradient;
    size_t begin; /* of the parameters that take the step */
    const uint32_t *row;
    uint32_t count;
} update;

static tr_adam_row row_at(const update *u, size_t at, size_t count) {
    const tr_optimiser *o = u->optimiser;
    return (tr_adam_row){u->weight + at, o->first + at, o->second + at, o->average + at, count, 0};
}

static void catch_up_part(void *context, uint32_t part) {
    const update *u = context;
    tr_optimiser *o = u->optimiser;
    uint32_t end = tr_part_begin(u->count, PARTS, part + 1);
    for (uint32_t n = tr_part_begin(u->count, PARTS, part); n < end; n++) {
        uint32_t row = u->row ? u->row[n] : n, done = o->done[row];
        tr_adam_row at = row_at(u, (size_t)row * o->dim, o->dim);
        if (done < o->steps)
            tr_adam_rest(o->plan + done, o->steps - done, &at);
        o->done[row] = o->steps;
    }
}

void tr_optimiser_catch_up(tr_optimiser *optimiser, tr_pool *pool, float *weight,
                           const uint32_t *row, uint32_t count) {
    update u = {optimiser, weight, NULL, 0, row, row ? count : optimiser->rows};
    tr_pool_run(pool, catch_up_part, &u, PARTS);
}

static void step_chunk(void *context, uint32_t part) {
    const update *u = context;
    tr_optimiser *o = u->optimiser;
    size_t begin = u->begin + (size_t)part * CHUNK, rest = o->count - begin;
    tr_adam_row at = row_at(u, begin, rest < CHUNK ? rest : CHUNK);
    tr_adam_step(&o->plan[o->steps], &at, u->gradient + begin);
}

static void step_rows(void *context, uint32_t part) {
    const update *u = context;
    tr_optimiser *o = u->optimiser;
    uint32_t end = tr_part_begin(u->count, PARTS, part + 1);
    for (uint32_t n = tr_part_begin(u->count, PARTS, part); n < end; n++) {
        tr_adam_row at = row_at(u, (size_t)u->row[n] * o->dim, o->dim);
        tr_adam_step(&o->plan[o->steps], &at, u->gradient + (size_t)n * o->dim);
        o->done[u->row[n]] = o->steps + 1;
    }
}

void tr_optimiser_step(tr_optimiser *optimiser, tr_pool *pool, float *weight, const float *gradient,
                       const uint32_t *row, uint32_t count) {
    size_t begin = row ? (size_t)optimiser->rows * optimiser->dim : 0;
    update u = {optimiser, weight, gradient, begin, row, count};
    tr_pool_run(pool, step_chunk, &u, (uint32_t)((optimiser->count - begin + CHUNK - 1) / CHUNK));
    if (row)
        tr_pool_run(pool, step_rows, &u, PARTS);
    optimiser->steps++;
}

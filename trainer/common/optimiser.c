/* SPDX-License-Identifier: MIT */
#include "common/optimiser.h"
#include "kernel/maths.h"
#include "kernel/pages.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 20, CHUNK = 1 << 14, PARTS = 64 };

double tr_schedule(double lr, uint32_t step, uint32_t total) {
    double warm = step + 1 < WARM_UP ? (step + 1.0) / WARM_UP : 1.0;
    double done = (double)step / total;
    return lr * warm * (0.02 + 0.98 * 0.5 * (1.0 + tr_cos_pi(done)));
}

static void plan_steps(tr_adam *plan, const tr_optimiser_settings *settings) {
    double power1 = 1.0, power2 = 1.0;
    for (uint32_t n = 0; n < settings->steps; n++) {
        double max = n / (n + 10.0), lr = settings->lr;
        power1 *= 0.9;
        power2 *= 0.999;
        if (settings->cosine)
            lr = tr_schedule(lr, n, settings->steps);
        plan[n] = (tr_adam){.rate = (float)(lr / (1.0 - power1)),
                            .correction = (float)(1.0 / (1.0 - power2)),
                            .ema = (float)(settings->ema < max ? settings->ema : max)};
    }
}

tr_status tr_optimiser_create(tr_optimiser *optimiser, tr_pool *pool, float *weight,
                              const tr_optimiser_settings *settings) {
    size_t count = settings->count;
    *optimiser = (tr_optimiser){.settings = *settings, .pool = pool, .weight = weight};
    optimiser->first = tr_table_memory(count);
    optimiser->second = tr_table_memory(count);
    optimiser->average = settings->averaged ? tr_table_memory(count) : NULL;
    optimiser->plan = malloc(((size_t)settings->steps + 1) * sizeof *optimiser->plan);
    int good = optimiser->first && optimiser->second && optimiser->plan &&
               (optimiser->average || !settings->averaged);
    for (uint32_t b = 0; b < settings->blocks; b++) {
        tr_row_block *block = &optimiser->settings.block[b];
        block->done = calloc((size_t)block->rows + 1, sizeof *block->done);
        good &= block->done != NULL;
    }
    if (!good) {
        tr_optimiser_free(optimiser);
        return TR_NO_MEMORY;
    }
    plan_steps(optimiser->plan, settings);
    if (optimiser->average)
        memcpy(optimiser->average, weight, count * sizeof *weight);
    return TR_OK;
}

void tr_optimiser_free(tr_optimiser *optimiser) {
    free(optimiser->first);
    free(optimiser->second);
    free(optimiser->average);
    free(optimiser->plan);
    for (uint32_t b = 0; b < optimiser->settings.blocks; b++)
        free(optimiser->settings.block[b].done);
    memset(optimiser, 0, sizeof *optimiser);
}

int tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps) {
    for (uint32_t b = 0; b < optimiser->settings.blocks; b++)
        for (uint32_t r = 0; r < optimiser->settings.block[b].rows; r++)
            if (optimiser->settings.block[b].done[r] > steps)
                return 0;
    optimiser->steps = steps;
    return 1;
}

/* `count` parameters from `begin` on; those that come next begin at `next`. */
static tr_adam_row row_at(const tr_optimiser *o, size_t begin, size_t count, size_t next) {
    return (tr_adam_row){o->weight + begin,
                         o->first + begin,
                         o->second + begin,
                         o->average ? o->average + begin : NULL,
                         count,
                         (ptrdiff_t)next - (ptrdiff_t)begin};
}

static tr_adam_row block_row(const tr_optimiser *o, uint32_t block, uint32_t row, uint32_t next) {
    size_t begin = o->settings.block[block].begin, width = o->settings.width;
    return row_at(o, begin + row * width, width, begin + next * width);
}

/* Some rows of a block. */
typedef struct row_work {
    tr_optimiser *optimiser;
    uint32_t block, count;
    const uint32_t *row; /* NULL: all */
    const float *gradient;
} row_work;

static uint32_t row_number(const row_work *work, uint32_t n) {
    n = n < work->count ? n : work->count - 1;
    return work->row ? work->row[n] : n;
}

static void catch_up_part(void *context, uint32_t part) {
    const row_work *work = context;
    tr_optimiser *o = work->optimiser;
    uint32_t *done = o->settings.block[work->block].done;
    uint32_t end = tr_part_begin(work->count, PARTS, part + 1);
    for (uint32_t n = tr_part_begin(work->count, PARTS, part); n < end; n++) {
        uint32_t row = row_number(work, n);
        tr_adam_row at = block_row(o, work->block, row, row_number(work, n + 1));
        if (done[row] < o->steps)
            tr_adam_catch_up(o->plan + done[row], o->steps - done[row], &at);
        done[row] = o->steps;
    }
}

void tr_optimiser_catch_up(tr_optimiser *optimiser, uint32_t block, const uint32_t *row,
                           uint32_t count) {
    row_work work = {optimiser, block, row ? count : optimiser->settings.block[block].rows, row,
                     NULL};
    tr_pool_run(optimiser->pool, catch_up_part, &work, PARTS);
}

void tr_optimiser_step_row(tr_optimiser *optimiser, uint32_t block, uint32_t row, uint32_t next,
                           const float *gradient) {
    tr_adam_row at = block_row(optimiser, block, row, next);
    tr_adam_step(&optimiser->plan[optimiser->steps], &at, gradient);
    optimiser->settings.block[block].done[row] = optimiser->steps + 1;
}

static void step_part(void *context, uint32_t part) {
    const row_work *work = context;
    uint32_t end = tr_part_begin(work->count, PARTS, part + 1);
    for (uint32_t n = tr_part_begin(work->count, PARTS, part); n < end; n++)
        tr_optimiser_step_row(work->optimiser, work->block, work->row[n], row_number(work, n + 1),
                              work->gradient + (size_t)n * work->optimiser->settings.width);
}

void tr_optimiser_step_rows(tr_optimiser *optimiser, uint32_t block, const uint32_t *row,
                            uint32_t count, const float *gradient) {
    row_work work = {optimiser, block, count, row, gradient};
    tr_pool_run(optimiser->pool, step_part, &work, PARTS);
}

typedef struct dense_work {
    const tr_optimiser *optimiser;
    const float *gradient;
} dense_work;

static void step_chunk(void *context, uint32_t part) {
    const dense_work *work = context;
    const tr_optimiser *o = work->optimiser;
    size_t begin = o->settings.dense_begin + (size_t)part * CHUNK;
    size_t rest = o->settings.dense_end - begin;
    tr_adam_row at = row_at(o, begin, rest < CHUNK ? rest : CHUNK, begin);
    tr_adam_step(&o->plan[o->steps], &at, work->gradient + begin);
}

void tr_optimiser_step(tr_optimiser *optimiser, const float *gradient) {
    size_t count = optimiser->settings.dense_end - optimiser->settings.dense_begin;
    dense_work work = {optimiser, gradient};
    tr_pool_run(optimiser->pool, step_chunk, &work, (uint32_t)((count + CHUNK - 1) / CHUNK));
    optimiser->steps++;
}

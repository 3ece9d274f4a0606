/* SPDX-License-Identifier: MIT */
/*
 * The optimiser: Adam, the learning rate of each step, the moving average of the weights.
 *
 * Adam moves every parameter in every step: where the gradient is 0 the moments still decay,
 * and the weight and its average follow.  Updating a whole table in each step would take most
 * of the time, because a step reads only a few of its rows.  So a row block is lazy: a row
 * catches up on the steps it missed just before it is read.  The result has the same bits as
 * if the row had taken each step in turn.
 */
#ifndef TRAINER_COMMON_OPTIMISER_H
#define TRAINER_COMMON_OPTIMISER_H

#include "common/pool.h"
#include "kernel/kernels.h"

#include <stddef.h>

enum { TR_MAX_ROW_BLOCKS = 2 };

/* Row r of a block is the parameters begin + r * width .. begin + (r + 1) * width. */
typedef struct tr_row_block {
    size_t begin;
    uint32_t rows;
    uint32_t *done; /* [rows] steps that each row has taken; owned by the optimiser */
} tr_row_block;

typedef struct tr_optimiser_settings {
    size_t count;                  /* parameters */
    size_t dense_begin, dense_end; /* the parameters that are in no row block */
    uint32_t blocks, width;        /* width: of a row, in every block */
    tr_row_block block[TR_MAX_ROW_BLOCKS];
    uint32_t steps; /* of the whole training */
    double lr;
    int cosine;   /* the rate follows tr_schedule; 0: it stays lr */
    int averaged; /* keep a moving average of the weights */
    double ema;   /* the average keeps min(ema, n / (n + 10)) of itself after n steps */
} tr_optimiser_settings;

typedef struct tr_optimiser {
    tr_optimiser_settings settings;
    tr_pool *pool;         /* borrowed */
    float *weight;         /* [count] borrowed */
    float *first, *second; /* [count] moments */
    float *average;        /* [count] begins as a copy of the weights; NULL: not kept */
    tr_adam *plan;         /* [settings.steps] */
    uint32_t steps;        /* done */
} tr_optimiser;

/* Borrows the pool and `weight` [settings->count]; of the blocks begin and rows are read.
 * TR_OK or TR_NO_MEMORY. */
tr_status tr_optimiser_create(tr_optimiser *optimiser, tr_pool *pool, float *weight,
                              const tr_optimiser_settings *settings);
void tr_optimiser_free(tr_optimiser *optimiser);

/* Continues after `steps` steps; the arrays were restored.  0: a row is ahead of that. */
int tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps);

/* The learning rate of step 0 .. total - 1: 20 steps of warm-up times a cosine
 * from 1 to .02. */
double tr_schedule(double lr, uint32_t step, uint32_t total);

/* Brings row[0 .. count) of a block up to date, before they are read; NULL: all rows. */
void tr_optimiser_catch_up(tr_optimiser *optimiser, uint32_t block, const uint32_t *row,
                           uint32_t count);

/* The current step of one row, which is up to date; prefetches the row `next`.  Any thread
 * may call it, once per row and step. */
void tr_optimiser_step_row(tr_optimiser *optimiser, uint32_t block, uint32_t row, uint32_t next,
                           const float *gradient);

/* The same for row[0 .. count): the gradient of row[n] is gradient[n * width ..). */
void tr_optimiser_step_rows(tr_optimiser *optimiser, uint32_t block, const uint32_t *row,
                            uint32_t count, const float *gradient);

/* Updates the dense parameters and ends the current step.  `gradient` is indexed as the
 * weights are. */
void tr_optimiser_step(tr_optimiser *optimiser, const float *gradient);

#endif

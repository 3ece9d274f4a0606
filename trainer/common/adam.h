/* SPDX-License-Identifier: MIT */
/*
 * The optimiser: Adam, the schedule of its rate, the average of weights.
 *
 * Adam moves every parameter in every step: where the gradient is 0 the moments decay,
 * and the weight and its average follow.  With a large table, of which a step reads a
 * few rows, that is what takes the time.  Here a row may make up the steps that it missed
 * just before it is read, to the same bits as if it had taken each in its turn.
 */
#ifndef TRAINER_COMMON_ADAM_H
#define TRAINER_COMMON_ADAM_H

#include "common/pool.h"
#include "kernel/kernels.h"

#include <stddef.h>

typedef struct tr_optimiser {
    size_t count;
    float *first, *second; /* moments */
    float *average;        /* of the weights */
    tr_adam *plan;         /* of each step */
    uint32_t steps;        /* done */
    /* Parameters come first that are rows of `dim`; 0 rows: none makes up steps. */
    uint32_t rows, dim;
    uint32_t *done; /* [rows] steps that a row has taken */
} tr_optimiser;

/* For `steps` steps; the average keeps min(ema, n / (n + 10)) of itself, n steps done.  The
 * first `rows` times `dim` parameters are rows that may miss steps.  0: no memory. */
int tr_optimiser_create(tr_optimiser *optimiser, size_t count, double lr, double ema,
                        uint32_t steps, uint32_t rows, uint32_t dim);
void tr_optimiser_free(tr_optimiser *optimiser);

/* As after `steps` steps, where the arrays were restored; 0: `done` is not of so many. */
int tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps);

/* The learning rate of step 0 .. total - 1: 20 steps of warm-up times a cosine
 * from 1 to .02. */
double tr_schedule(double lr, uint32_t step, uint32_t total);

/* Lets rows[0 .. count) make up what they missed; NULL: all rows. */
void tr_optimiser_catch_up(tr_optimiser *optimiser, tr_pool *pool, float *weight,
                           const uint32_t *row, uint32_t count);

/* One step of the parameters after the rows, and of row[0 .. count), which are up to date:
 * the gradient of row[n] is gradient[n dim ..).  NULL: of all parameters. */
void tr_optimiser_step(tr_optimiser *optimiser, tr_pool *pool, float *weight, const float *gradient,
                       const uint32_t *row, uint32_t count);

#endif

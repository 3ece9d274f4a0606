/* SPDX-License-Identifier: MIT */
/* The optimiser: dense Adam, the schedule of its rate, the average of weights. */
#ifndef TRAINER_NN_ADAM_H
#define TRAINER_NN_ADAM_H

#include "run/pool.h"

#include <stddef.h>

typedef struct tr_optimiser {
    size_t count;
    float *first, *second; /* moments */
    float *average;        /* of the weights */
    double power1, power2; /* betas to the power of the steps done */
    uint32_t steps;        /* done */
} tr_optimiser;

/* 0: no memory. */
int tr_optimiser_create(tr_optimiser *optimiser, size_t count);
void tr_optimiser_free(tr_optimiser *optimiser);

/* As after `steps` steps, where the arrays were restored. */
void tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps);

/* The learning rate of step 0 .. total - 1: 20 steps of warm-up times a cosine
 * from 1 to .02. */
double tr_schedule(double lr, uint32_t step, uint32_t total);

/* One step.  The average keeps min(ema, n / (n + 10)) of itself, n steps done. */
void tr_optimiser_step(tr_optimiser *optimiser, tr_pool *pool, float *weight, const float *gradient,
                       double lr, double ema);

#endif

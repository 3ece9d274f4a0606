/* SPDX-License-Identifier: MIT */
/* Loops over rows of numbers, by the kernels in use. */
#ifndef TRAINER_KERNEL_ROWS_H
#define TRAINER_KERNEL_ROWS_H

#include "kernel/kernels.h"

float tr_dot(const float *a, const float *b, size_t count);
void tr_add_scaled(float *to, const float *from, float scale, size_t count);
void tr_scale(float *row, float scale, size_t count);

/* sum [width] += the entries' weights times their rows of `table`. */
void tr_gather(float *sum, const float *table, size_t width, const tt_entry *entry, size_t count);

/* Starts to fetch a row into the cache. */
static inline void tr_prefetch(const float *row, size_t count) {
    for (size_t i = 0; i < count; i += 16)
        __builtin_prefetch(row + i);
}

/* Puts e^(scale row - max) in row, sums it into *sum and returns the
 * max of scale row; scale > 0. */
float tr_row_exp(float *row, float scale, size_t count, double *sum);

/* A row whose sum of squares is below this has no direction, and so no gradient: that
 * of a user whose whole history was dropped, before the bias has learned anything. */
#define TR_MIN_SQUARE 1e-24f

/* row /= its Euclidean norm; returns 1 / norm. A row without direction becomes 0; returns 0. */
float tr_normalise(float *row, size_t count);

/* Turns the gradient by a unit vector into the gradient by the vector before tr_normalise,
 * which returned `inverse`. */
void tr_unit_backward(float *gradient, const float *unit, float inverse, uint32_t dim);

/* One step of Adam on a row; `steps` steps whose gradient is 0: see tr_kernels. */
void tr_adam_step(const tr_adam *step, const tr_adam_row *row, const float *gradient);
void tr_adam_catch_up(const tr_adam *step, size_t steps, const tr_adam_row *row);

#endif

/* SPDX-License-Identifier: MIT */
/* Loops over rows of numbers, in fixed orders: sums take eight lanes. */
#ifndef TRAINER_KERNEL_ROWS_H
#define TRAINER_KERNEL_ROWS_H

#include <stddef.h>
#include <stdint.h>

float tr_dot(const float *a, const float *b, size_t count);
void tr_add_scaled(float *to, const float *from, float scale, size_t count);
void tr_scale(float *row, float scale, size_t count);

/* Puts e^(row - greatest) in row, sums it into *sum and returns the greatest. */
float tr_row_exp(float *row, size_t count, double *sum);

/* row /= its Euclidean norm; returns 1 / norm. */
float tr_normalise(float *row, size_t count);

/* What one Adam step needs besides the arrays (Kingma and Ba, 2015):
 * rate = lr / (1 - beta1^t), correction = 1 / (1 - beta2^t). */
typedef struct tr_adam {
    float rate, correction;
    float ema; /* the moving average keeps this share of itself */
} tr_adam;

/* One step on `count` parameters: betas .9 and .999, epsilon 1e-8; `first` and
 * `second` are the moments, `average` follows the parameters. */
void tr_adam_step(const tr_adam *adam, float *parameter, const float *gradient, float *first,
                  float *second, float *average, size_t count);

#endif

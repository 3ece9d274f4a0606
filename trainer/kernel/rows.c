/* SPDX-License-Identifier: MIT */
#include "kernel/rows.h"
#include "kernel/maths.h"

float tr_dot(const float *a, const float *b, size_t count) {
    return tr_kernels_now()->dot(a, b, count);
}

void tr_add_scaled(float *to, const float *from, float scale, size_t count) {
    tr_kernels_now()->add_scaled(to, from, scale, count);
}

void tr_scale(float *row, float scale, size_t count) {
    tr_kernels_now()->scale(row, scale, count);
}

void tr_gather(float *sum, const float *table, size_t width, const tt_entry *entry, size_t count) {
    tr_kernels_now()->gather(sum, table, width, entry, count);
}

float tr_row_exp(float *row, float scale, size_t count, double *sum) {
    const tr_kernels *kernels = tr_kernels_now();
    float max = scale * kernels->max(row, count);
    *sum = (double)kernels->exp(row, scale, max, count);
    return max;
}

float tr_normalise(float *row, size_t count) {
    float square = tr_dot(row, row, count);
    float inverse = square < TR_MIN_SQUARE ? 0.0f : tr_rsqrt(square);
    tr_scale(row, inverse, count);
    return inverse;
}

void tr_unit_backward(float *gradient, const float *unit, float inverse, uint32_t dim) {
    tr_add_scaled(gradient, unit, -tr_dot(gradient, unit, dim), dim);
    tr_scale(gradient, inverse, dim);
}

void tr_adam_step(const tr_adam *step, const tr_adam_row *row, const float *gradient) {
    tr_kernels_now()->adam(step, row, gradient);
}

void tr_adam_catch_up(const tr_adam *step, size_t steps, const tr_adam_row *row) {
    tr_kernels_now()->catch_up(step, steps, row);
}

/* SPDX-License-Identifier: MIT */
/* Sums of table rows, and Adam on a row at a time.  Elementwise and never
 * fused: the same bits with and without AVX2. */
#ifndef TRAINER_KERNEL_SPARSE_H
#define TRAINER_KERNEL_SPARSE_H

#include <stddef.h>
#include <stdint.h>

#include "trainer.h"

#include "kernel/rows.h"

/* to [width] = sum over entries, in their order, of weight * table[row], from +0.
 * The rows of the table are `stride` apart. */
void tr_sum_rows(float *to, size_t width, const float *table, size_t stride, const tt_entry *entry,
                 size_t count);

/* One step of Adam on a row (betas .9 and .999, epsilon 1e-8, no average). */
void tr_adam_row(const tr_adam *step, float *parameter, const float *gradient, float *first,
                 float *second, size_t count, const float *next);

/* `steps` steps of Adam whose gradient is 0, as tr_adam_row would take them one
 * after the other, to the bit; rate must not grow from one step to the next. */
void tr_adam_idle(const tr_adam *step, size_t steps, float *parameter, float *first, float *second,
                  size_t count);

#endif

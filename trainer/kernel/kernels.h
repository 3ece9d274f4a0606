/* SPDX-License-Identifier: MIT */
/*
 * The loops where training spends its time, as tables of functions.
 *
 * Every table gives the same bits: a product that is added is fused with the
 * addition (one rounding), elements are computed alone, and sums along a row
 * take eight lanes: lane i takes i, i + 8, ..., then
 * ((0+4) + (2+6)) + ((1+5) + (3+7)).  No pointer need be aligned.
 */
#ifndef TRAINER_KERNEL_KERNELS_H
#define TRAINER_KERNEL_KERNELS_H

#include <stddef.h>

#include "trainer.h"

enum { TR_LANES = 8, TR_MAX_HIGH = 12, TR_MAX_WIDE = 32 };

/* What one Adam step needs besides the arrays (Kingma and Ba, 2015):
 * rate = lr / (1 - beta1^t), correction = 1 / (1 - beta2^t). */
typedef struct tr_adam {
    float rate, correction;
    float ema; /* the moving average keeps this share of itself */
} tr_adam;

/* A sum over `count` entries, in their order, of weight * row of a table whose rows are
 * `stride` apart; the `more` entries that follow will be summed next. */
typedef struct tr_sum {
    const tt_entry *entry;
    size_t count, more, width, stride;
} tr_sum;

/* A row of parameters, its moments and its average (NULL: none is kept); the row that comes
 * next is `next` further in each array. */
typedef struct tr_adam_row {
    float *parameter, *first, *second, *average;
    size_t count;
    ptrdiff_t next;
} tr_adam_row;

typedef struct tr_kernels {
    const char *name;
    /* c [high][wide], its rows `stride` apart, becomes the product of a, element
     * (i, k) at a[i row + k step], and b [depth][wide]; with `add`, that is
     * added to c.  Sums go up the depth. */
    uint32_t high, wide; /* multiples of 6 and TR_LANES */
    void (*multiply)(float *c, size_t stride, const float *a, size_t row, size_t step,
                     const float *b, uint32_t depth, int add);
    /* to[k wide + i] = from[i line + k] for TR_LANES lines i. */
    void (*interleave)(float *to, size_t wide, const float *from, size_t line, uint32_t depth);
    float (*dot)(const float *a, const float *b, size_t count);
    /* to += scale from. */
    void (*add_scaled)(float *to, const float *from, float scale, size_t count);
    void (*scale)(float *row, float scale, size_t count);
    /* sum [width] += the entries' weights times their rows of `table`. */
    void (*gather)(float *sum, const float *table, size_t width, const tt_entry *entry,
                   size_t count);
    /* The max of a row; -infinity if there is none. */
    float (*max)(const float *row, size_t count);
    /* row = e^(scale row - less); returns the sum. */
    float (*exp)(float *row, float scale, float less, size_t count);
    /* to [width] = the sum, from +0. */
    void (*sum_rows)(float *to, const float *table, const tr_sum *sum);
    /* A step on one row: betas .9 and .999, epsilon 1e-8. */
    void (*adam)(const tr_adam *adam, const tr_adam_row *row, const float *gradient);
    /* `steps` steps whose gradient is 0, as adam would take them one after the other, to
     * the bit; without an average, rate must not grow from one step to the next. */
    void (*catch_up)(const tr_adam *adam, size_t steps, const tr_adam_row *row);
} tr_kernels;

const tr_kernels *tr_kernels_c(void);
/* NULL: not built, or the processor lacks AVX2 and FMA, or AVX-512F. */
const tr_kernels *tr_kernels_avx2(void);
const tr_kernels *tr_kernels_avx512(void);
/* NULL: not aarch64. */
const tr_kernels *tr_kernels_neon(void);

/* The table in use: the fastest that the processor has. */
const tr_kernels *tr_kernels_now(void);
/* Puts another table in use, for tests; NULL: the fastest again. */
void tr_kernels_use(const tr_kernels *kernels);

#endif

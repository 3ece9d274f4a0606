/* SPDX-License-Identifier: MIT */
/*
 * The inner loops.  They know pointers and sizes, nothing of models; kernel_c.c
 * says what every other table must compute, bit for bit.  Weights are
 * little-endian at any alignment; `type` is TT_F16 or TT_F32.
 */
#ifndef TT_KERNEL_H
#define TT_KERNEL_H

#include "twotower.h"

enum {
    KERNEL_ROWS = 64,   /* of a product, most */
    KERNEL_INPUTS = 64, /* of a product, most */
    KERNEL_TILE = 4096  /* floats of its working memory: half of a first-level cache */
};

/* Some inputs of a layer, for some rows. */
typedef struct kernel_product {
    const uint8_t *weights; /* [count][n] */
    size_t n, count;
    tt_type type;
    const float *in; /* [rows][count], rows lie `stride` floats apart */
    size_t stride, rows;
    float *tile; /* [KERNEL_TILE], at a multiple of 64 bytes */
} kernel_product;

struct tt_kernels {
    const char *name;

    /* out [n] += sum over the entries, in their order, of weight * table[row],
     * where table is [..][n].  Each product is rounded, then added: a sum may
     * be split over several calls without changing a bit. */
    void (*gather)(float *out, size_t n, const uint8_t *table, tt_type type, const tt_entry *entry,
                   size_t count);

    /* The same of a table that no cache holds: its later rows are asked for meanwhile, then those
     * of `next` [nexts], which a following call will add; without entries of its own, at once.
     * NULL: not faster than `gather`. */
    void (*gather_far)(float *out, size_t n, const uint8_t *table, tt_type type,
                       const tt_entry *entry, size_t count, const tt_entry *next, size_t nexts);

    /* out [count] = dot products of query [n] and the rows [count][n].  Eight
     * lanes: lane i sums the elements i, i + 8, ... from +0; then
     * ((0+4) + (2+6)) + ((1+5) + (3+7)). */
    void (*dots)(float *out, const uint8_t *rows, tt_type type, size_t count, const float *query,
                 size_t n);

    /* The same of rows that no cache holds: `left` bytes follow from `rows` on, and those behind
     * the rows are asked for, too.  NULL: not faster than `dots`. */
    void (*dots_far)(float *out, const uint8_t *rows, tt_type type, size_t count,
                     const float *query, size_t n, size_t left);

    /* The same of singles, but fused: other last bits.  Eight lanes in the same order, so that
     * each differs from the true dot product by less than (n / 8 + 8) * 2^-24 of the
     * product of the norms, as that of `dots` does.  NULL: not faster than `dots`. */
    void (*estimate)(float *out, const uint8_t *rows, size_t count, const float *query, size_t n);

    /* The sum of squares of x [n], in the same eight lanes. */
    float (*squares)(const float *x, size_t n);

    /* n halfs become little-endian singles of the same values: TT_F16 becomes TT_F32. */
    void (*widen)(uint8_t *single, const uint8_t *half, size_t n);

    /* The elements of x [n] that are not 0, in their order, as entries (index,
     * value); returns how many.  `entry` has room for n; what lies behind those
     * returned may be overwritten. */
    size_t (*nonzero)(tt_entry *entry, const float *x, size_t n);

    /* out [rows][n] += in times weights: of each row what `nonzero` and `gather` do, bit for bit.
     * NULL: not faster than `widen` once and these. */
    void (*product)(float *out, const kernel_product *of);

    /* x [n] += bias, then += add (each may be NULL); then, if `relu`, what is not
     * above 0 becomes +0.  Returns whether every sum was finite before that. */
    int (*finish)(float *x, size_t n, const uint8_t *bias, tt_type type, const float *add,
                  int relu);
};

#endif

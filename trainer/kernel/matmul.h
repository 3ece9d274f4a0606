/* SPDX-License-Identifier: MIT */
/* Matrix products in single precision. */
#ifndef TRAINER_KERNEL_MATMUL_H
#define TRAINER_KERNEL_MATMUL_H

#include <stddef.h>
#include <stdint.h>

#include "common/pool.h"

/* A matrix that is read: element (r, c) is at[r * row + c * column]. */
typedef struct tr_view {
    const float *at;
    size_t row, column;
} tr_view;

static inline tr_view tr_rows_of(const float *at, size_t stride) {
    return (tr_view){at, stride, 1};
}

static inline tr_view tr_transposed(const float *at, size_t stride) {
    return (tr_view){at, 1, stride};
}

/* c [rows][columns], its rows `stride` apart, becomes a [rows][depth] times
 * b [depth][columns]; with `add`, that is added to c.  Each element is summed
 * in ascending depth, each product fused with its addition, starting from 0 or
 * from c: neither the threads nor a cut along the depth into several calls
 * changes a bit. */
void tr_matmul(tr_pool *pool, float *c, size_t stride, tr_view a, tr_view b, uint32_t rows,
               uint32_t columns, uint32_t depth, int add);

#endif

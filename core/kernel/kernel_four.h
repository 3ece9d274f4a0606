/* SPDX-License-Identifier: MIT */
/*
 * The kernels in vectors of four singles, for SSE2, NEON and WebAssembly: the same
 * bits as kernel_c.c, for vectors run over outputs, or two are the eight lanes.  Each
 * of those files gives, before it includes this one, the type `four` and
 *
 *   four_all(x)  four_load(at)  four_store(at, v)  four_add(a, b)  four_mul(a, b)
 *   four_halfs(at, v)    eight halfs become v[0] and v[1]
 *   four_positive(v)     what is not above 0 becomes +0
 *   four_finite(v)       a mask: all ones in each lane that is finite
 *   four_and(a, b)       of two masks
 *   four_every(mask)     whether all lanes are set
 *
 * Included once in a program: a target has one of them.
 */
#ifndef TT_KERNEL_FOUR_H
#define TT_KERNEL_FOUR_H

#include "kernel/kernel.h"

enum {
    FOUR_STEP = 8,                   /* values of two vectors, as many as a load of halfs gives */
    FOUR_MANY = TT_IS_SMALL ? 1 : 4, /* entries of a gather that are added together */
    FOUR_ROWS = TT_IS_SMALL ? 1 : 4  /* rows whose sums do not wait for one another */
};

/* Eight values. */
KERNEL_TYPED void four_values(const uint8_t *at, tt_type type, four *value) {
    if (type == TT_F16) {
        four_halfs(at, value);
    } else {
        value[0] = four_load((const float *)(const void *)at);
        value[1] = four_load((const float *)(const void *)(at + 16));
    }
}

/* ---- Gather ------------------------------------------------------------------------ */

/* `many` entries, a constant, over all whole steps: rows are read from their begin to their end. */
KERNEL_INLINE void four_add_rows(float *out, size_t n, size_t many, const uint8_t *table,
                                 tt_type type, const tt_entry *entry) {
    const size_t size = kernel_size(type);
    const uint8_t *row[FOUR_MANY];
    four weight[FOUR_MANY], value[2];
    for (size_t e = 0; e < many; e++) {
        row[e] = table + (size_t)entry[e].row * n * size;
        weight[e] = four_all(entry[e].weight);
    }
    for (size_t j = 0; n - j >= FOUR_STEP; j += FOUR_STEP) {
        four low = four_load(out + j), high = four_load(out + j + 4);
        for (size_t e = 0; e < many; e++) {
            four_values(row[e] + j * size, type, value);
            low = four_add(low, four_mul(weight[e], value[0]));
            high = four_add(high, four_mul(weight[e], value[1]));
        }
        four_store(out + j, low);
        four_store(out + j + 4, high);
    }
}

KERNEL_TYPED void four_gather_type(float *out, size_t n, const uint8_t *table, tt_type type,
                                   const tt_entry *entry, size_t count) {
    const size_t size = kernel_size(type), whole = n - n % FOUR_STEP;
    size_t e = 0;
    for (; FOUR_MANY > 1 && count - e >= FOUR_MANY; e += FOUR_MANY)
        four_add_rows(out, n, FOUR_MANY, table, type, entry + e);
    for (; e < count; e++)
        four_add_rows(out, n, 1, table, type, entry + e);
    if (whole < n)
        gather_block(out + whole, n - whole, table + whole * size, n * size, type, entry, count);
}

static void gather_four(float *out, size_t n, const uint8_t *table, tt_type type,
                        const tt_entry *entry, size_t count) {
    if (type == TT_F16)
        four_gather_type(out, n, table, TT_F16, entry, count);
    else
        four_gather_type(out, n, table, TT_F32, entry, count);
}

/* ---- Dot products -------------------------------------------------------------------- */

/* Goes on with the elements from `at` on, fewer than eight; then the lanes are added. */
KERNEL_INLINE float four_finish_dot(const four *sum, const uint8_t *row, tt_type type,
                                    const float *query, size_t at, size_t n) {
    float lane[KERNEL_LANES];
    four_store(lane, sum[0]);
    four_store(lane + 4, sum[1]);
    for (size_t i = at; i < n; i++)
        lane[i - at] += query[i] * kernel_value(row, type, i);
    return lanes_sum(lane);
}

/* `rows` rows, a constant. */
KERNEL_INLINE void four_dots_rows(float *out, size_t rows, const uint8_t *row, tt_type type,
                                  const float *query, size_t n) {
    const size_t size = kernel_size(type), stride = n * size;
    four sum[2 * FOUR_ROWS], value[2];
    size_t i = 0;
    for (size_t k = 0; k < 2 * rows; k++)
        sum[k] = four_all(0.0f);
    for (; n - i >= FOUR_STEP; i += FOUR_STEP) {
        const four low = four_load(query + i), high = four_load(query + i + 4);
        for (size_t r = 0; r < rows; r++) {
            four_values(row + r * stride + i * size, type, value);
            sum[2 * r] = four_add(sum[2 * r], four_mul(low, value[0]));
            sum[2 * r + 1] = four_add(sum[2 * r + 1], four_mul(high, value[1]));
        }
    }
    for (size_t r = 0; r < rows; r++)
        out[r] = four_finish_dot(sum + 2 * r, row + r * stride, type, query, i, n);
}

KERNEL_TYPED void four_dots_type(float *out, const uint8_t *rows, tt_type type, size_t count,
                                 const float *query, size_t n) {
    const size_t stride = n * kernel_size(type);
    size_t r = 0;
    for (; FOUR_ROWS > 1 && count - r >= FOUR_ROWS; r += FOUR_ROWS)
        four_dots_rows(out + r, FOUR_ROWS, rows + r * stride, type, query, n);
    for (; r < count; r++)
        four_dots_rows(out + r, 1, rows + r * stride, type, query, n);
}

static void dots_four(float *out, const uint8_t *rows, tt_type type, size_t count,
                      const float *query, size_t n) {
    if (type == TT_F16)
        four_dots_type(out, rows, TT_F16, count, query, n);
    else
        four_dots_type(out, rows, TT_F32, count, query, n);
}

static float squares_four(const float *x, size_t n) {
    four sum[2] = {four_all(0.0f), four_all(0.0f)};
    float lane[KERNEL_LANES];
    size_t i = 0;
    for (; n - i >= FOUR_STEP; i += FOUR_STEP) {
        const four low = four_load(x + i), high = four_load(x + i + 4);
        sum[0] = four_add(sum[0], four_mul(low, low));
        sum[1] = four_add(sum[1], four_mul(high, high));
    }
    four_store(lane, sum[0]);
    four_store(lane + 4, sum[1]);
    for (size_t l = 0; i + l < n; l++)
        lane[l] += x[i + l] * x[i + l];
    return lanes_sum(lane);
}

/* ---- Around a layer ------------------------------------------------------------------ */

static void widen_four(uint8_t *single, const uint8_t *half, size_t n) {
    four value[2];
    size_t i = 0;
    for (; n - i >= FOUR_STEP; i += FOUR_STEP) {
        four_halfs(half + 2 * i, value);
        four_store((float *)(void *)(single + 4 * i), value[0]);
        four_store((float *)(void *)(single + 4 * i + 16), value[1]);
    }
    widen_c(single + 4 * i, half + 2 * i, n - i);
}

static int finish_four(float *x, size_t n, const uint8_t *bias, tt_type type, const float *add,
                       int relu) {
    const size_t size = kernel_size(type);
    four value[2], finite = four_finite(four_all(0.0f));
    size_t i = 0;
    for (; n - i >= FOUR_STEP; i += FOUR_STEP) {
        four sum[2] = {four_load(x + i), four_load(x + i + 4)};
        if (bias != NULL) {
            four_values(bias + i * size, type, value);
            sum[0] = four_add(sum[0], value[0]);
            sum[1] = four_add(sum[1], value[1]);
        }
        for (size_t k = 0; k < 2; k++) {
            if (add != NULL)
                sum[k] = four_add(sum[k], four_load(add + i + 4 * k));
            finite = four_and(finite, four_finite(sum[k]));
            four_store(x + i + 4 * k, relu ? four_positive(sum[k]) : sum[k]);
        }
    }
    int rest = finish_c(x + i, n - i, bias != NULL ? bias + i * size : NULL, type,
                        add != NULL ? add + i : NULL, relu);
    return rest & four_every(finite);
}

/* Where code must be short, vectors are for what takes the time. */
#define FOUR_SHORT(vector, plain) (TT_IS_SMALL ? plain : vector)
#define FOUR_KERNELS(which) \
    { \
        .name = which, .gather = gather_four, .dots = dots_four, \
        .squares = FOUR_SHORT(squares_four, squares_c), .widen = FOUR_SHORT(widen_four, widen_c), \
        .nonzero = nonzero_c, .finish = FOUR_SHORT(finish_four, finish_c) \
    }

#endif

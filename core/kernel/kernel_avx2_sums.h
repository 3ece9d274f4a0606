/* SPDX-License-Identifier: MIT */
/* Of the AVX2 kernels those whose vectors run over outputs: bags and layers.  kernel_avx2.c
 * includes it where there is AVX2. */
#ifndef TT_KERNEL_AVX2_SUMS_H
#define TT_KERNEL_AVX2_SUMS_H

#include "kernel/kernel.h"

#define AVX2_TARGET __attribute__((target("avx2,f16c")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,f16c")))

enum {
    AVX2_WIDTH = 8,
    AVX2_PANEL = 64,        /* outputs whose sums are in registers */
    AVX2_ROWS = 8,          /* of a table that are added together */
    AVX2_LINE = 64,         /* bytes of a cache line */
    AVX2_NEAR_BYTES = 2048, /* between a line that is asked for and its use, */
    AVX2_FAR_BYTES = 16384  /* where rows follow one another */
};

/* ---- Loads ------------------------------------------------------------------------- */

AVX2_INLINE __m256 avx2_load(const uint8_t *at, tt_type type) {
    if (type == TT_F16)
        return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
    return _mm256_loadu_ps((const float *)(const void *)at);
}

/* `n` < 8 values, then zeros. */
AVX2_INLINE __m256 avx2_load_tail(const uint8_t *at, tt_type type, size_t n) {
    float value[AVX2_WIDTH] = {0};
    for (size_t i = 0; i < n; i++)
        value[i] = kernel_value(at, type, i);
    return _mm256_loadu_ps(value);
}

/* ---- Gather ------------------------------------------------------------------------ */

/* Entries that are added in one pass over the outputs; those of the next pass are asked for. */
typedef struct avx2_bag {
    const uint8_t *table;
    size_t n;
    tt_type type;
    const tt_entry *entry, *next; /* [count], [nexts] */
    size_t count, nexts;
} avx2_bag;

/* Row e of the bag; behind its last, one of the next bag, or again the last. */
AVX2_INLINE const uint8_t *avx2_row(const avx2_bag *bag, size_t e) {
    const size_t stride = bag->n * (bag->type == TT_F16 ? 2 : 4);
    const tt_entry *entry = e < bag->count                ? bag->entry + e
                            : e - bag->count < bag->nexts ? bag->next + (e - bag->count)
                                                          : bag->entry + (bag->count - 1);
    return bag->table + (size_t)entry->row * stride;
}

/* Adds `many` entries from `at` on.  Sums pass through the first cache once, so that each row is
 * read from its start to its end, as the hardware foresees. */
AVX2_INLINE void avx2_add_rows(float *out, const avx2_bag *bag, size_t at, size_t many) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % AVX2_WIDTH;
    const uint8_t *row[AVX2_ROWS], *later[AVX2_ROWS];
    __m256 weight[AVX2_ROWS];
    for (size_t k = 0; k < many; k++) {
        row[k] = avx2_row(bag, at + k);
        weight[k] = _mm256_broadcast_ss(&bag->entry[at + k].weight);
        later[k] = avx2_row(bag, at + k + AVX2_ROWS);
    }
    for (size_t j = 0; j < whole; j += AVX2_WIDTH) {
        if (j * size % AVX2_LINE == 0)
            for (size_t k = 0; k < many; k++)
                __builtin_prefetch(later[k] + j * size);
        __m256 sum = _mm256_loadu_ps(out + j);
        for (size_t k = 0; k < many; k++)
            sum = _mm256_add_ps(sum,
                                _mm256_mul_ps(weight[k], avx2_load(row[k] + j * size, bag->type)));
        _mm256_storeu_ps(out + j, sum);
    }
}

/* The entries of the first pass, before there is anything to do meanwhile. */
static void avx2_ask(const uint8_t *table, size_t stride, const tt_entry *entry, size_t count) {
    for (size_t e = 0; e < count && e < AVX2_ROWS; e++)
        for (size_t at = 0; at < stride; at += AVX2_LINE)
            __builtin_prefetch(table + (size_t)entry[e].row * stride + at);
}

/* What does not fill a pass is one of its own: sums are few, and each pass loads and stores them.
 */
AVX2_INLINE void avx2_add_rest(float *out, const avx2_bag *bag, size_t at) {
    switch (bag->count - at) {
    case 7:
        avx2_add_rows(out, bag, at, 7);
        break;
    case 6:
        avx2_add_rows(out, bag, at, 6);
        break;
    case 5:
        avx2_add_rows(out, bag, at, 5);
        break;
    case 4:
        avx2_add_rows(out, bag, at, 4);
        break;
    case 3:
        avx2_add_rows(out, bag, at, 3);
        break;
    case 2:
        avx2_add_rows(out, bag, at, 2);
        break;
    case 1:
        avx2_add_rows(out, bag, at, 1);
        break;
    default:
        break;
    }
}

AVX2_INLINE void avx2_gather(float *out, const avx2_bag *bag) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % AVX2_WIDTH;
    size_t e = 0;
    for (; bag->count - e >= AVX2_ROWS; e += AVX2_ROWS)
        avx2_add_rows(out, bag, e, AVX2_ROWS);
    avx2_add_rest(out, bag, e);
    if (whole < bag->n)
        gather_block(out + whole, bag->n - whole, bag->table + whole * size, bag->n * size,
                     bag->type, bag->entry, bag->count);
}

AVX2_TARGET static void gather_far_avx2(float *out, size_t n, const uint8_t *table, tt_type type,
                                        const tt_entry *entry, size_t count, const tt_entry *next,
                                        size_t nexts) {
    if (count == 0) {
        avx2_ask(table, n * (type == TT_F16 ? 2 : 4), next, nexts);
        return;
    }
    const avx2_bag half = {table, n, TT_F16, entry, next, count, nexts};
    const avx2_bag single = {table, n, TT_F32, entry, next, count, nexts};
    if (type == TT_F16)
        avx2_gather(out, &half);
    else
        avx2_gather(out, &single);
}

/* ---- Panels: of a table that a cache holds --------------------------------------------- */

/* The sums of up to AVX2_PANEL outputs.  They stay in registers: loads in a loop would make gcc
 * keep them in memory.  `vectors` is a constant. */
typedef struct avx2_panel {
    __m256 sum[AVX2_PANEL / AVX2_WIDTH];
} avx2_panel;

AVX2_INLINE __m256 avx2_panel_part(const float *out, size_t k, size_t vectors) {
    return k < vectors ? _mm256_loadu_ps(out + AVX2_WIDTH * k) : _mm256_setzero_ps();
}

AVX2_INLINE avx2_panel avx2_panel_load(const float *out, size_t vectors) {
    return (avx2_panel){{_mm256_loadu_ps(out), avx2_panel_part(out, 1, vectors),
                         avx2_panel_part(out, 2, vectors), avx2_panel_part(out, 3, vectors),
                         avx2_panel_part(out, 4, vectors), avx2_panel_part(out, 5, vectors),
                         avx2_panel_part(out, 6, vectors), avx2_panel_part(out, 7, vectors)}};
}

/* Read from its end, a part of a row does not look like the begin of a stream, of which the
 * hardware would fetch the next lines, too. */
AVX2_INLINE void avx2_panel_add(avx2_panel *to, const float *weight, const uint8_t *row,
                                tt_type type, size_t vectors) {
    const size_t step = AVX2_WIDTH * (type == TT_F16 ? 2 : 4);
    const __m256 all = _mm256_broadcast_ss(weight);
    for (size_t k = vectors; k-- > 0;)
        to->sum[k] = _mm256_add_ps(to->sum[k], _mm256_mul_ps(all, avx2_load(row + k * step, type)));
}

AVX2_INLINE void avx2_panel_store(float *out, const avx2_panel *from, size_t vectors) {
    for (size_t k = 0; k < vectors; k++)
        _mm256_storeu_ps(out + AVX2_WIDTH * k, from->sum[k]);
}

/* As many panels as there are from output `at` on; returns the first output behind them. */
AVX2_INLINE size_t avx2_near(float *out, const avx2_bag *bag, size_t at, size_t vectors) {
    const size_t size = bag->type == TT_F16 ? 2 : 4;
    for (; bag->n - at >= AVX2_WIDTH * vectors; at += AVX2_WIDTH * vectors) {
        avx2_panel panel = avx2_panel_load(out + at, vectors);
        for (size_t e = 0; e < bag->count; e++)
            avx2_panel_add(&panel, &bag->entry[e].weight,
                           bag->table + (bag->entry[e].row * bag->n + at) * size, bag->type,
                           vectors);
        avx2_panel_store(out + at, &panel, vectors);
    }
    return at;
}

AVX2_INLINE void avx2_gather_near(float *out, const avx2_bag *bag) {
    const size_t size = bag->type == TT_F16 ? 2 : 4;
    size_t at = avx2_near(out, bag, 0, 8);
    at = avx2_near(out, bag, at, 4);
    at = avx2_near(out, bag, at, 2);
    at = avx2_near(out, bag, at, 1);
    if (at < bag->n)
        gather_block(out + at, bag->n - at, bag->table + at * size, bag->n * size, bag->type,
                     bag->entry, bag->count);
}

AVX2_TARGET static void gather_avx2(float *out, size_t n, const uint8_t *table, tt_type type,
                                    const tt_entry *entry, size_t count) {
    const avx2_bag half = {table, n, TT_F16, entry, NULL, count, 0};
    const avx2_bag single = {table, n, TT_F32, entry, NULL, count, 0};
    if (type == TT_F16)
        avx2_gather_near(out, &half);
    else
        avx2_gather_near(out, &single);
}

/* ---- Layers of a block of rows ------------------------------------------------------- */

/* Which of count <= KERNEL_INPUTS elements are not 0. */
AVX2_INLINE uint64_t avx2_nonzero(const float *x, size_t count) {
    uint64_t mask = 0;
    size_t i = 0;
    for (; count - i >= AVX2_WIDTH; i += AVX2_WIDTH) {
        const __m256 other =
            _mm256_cmp_ps(_mm256_loadu_ps(x + i), _mm256_setzero_ps(), _CMP_NEQ_UQ);
        mask |= (uint64_t)(unsigned)_mm256_movemask_ps(other) << i;
    }
    for (; i < count; i++)
        mask |= (uint64_t)(x[i] != 0.0f) << i;
    return mask;
}

/* As many panels as there are from output `at` on; returns the first output behind them.  Weights
 * become singles that the first cache holds, once for all rows. */
AVX2_INLINE size_t avx2_columns(float *out, const kernel_product *of, tt_type type,
                                const uint64_t *nonzero, size_t at, size_t vectors) {
    const size_t size = type == TT_F16 ? 2 : 4, width = AVX2_WIDTH * vectors;
    for (; of->n - at >= width; at += width) {
        for (size_t i = 0; i < of->count; i++)
            for (size_t k = 0; k < width; k += AVX2_WIDTH)
                _mm256_store_ps(of->tile + width * i + k,
                                avx2_load(of->weights + (i * of->n + at + k) * size, type));
        for (size_t row = 0; row < of->rows; row++) {
            const float *in = of->in + row * of->stride;
            float *to = out + row * of->n + at;
            avx2_panel panel = avx2_panel_load(to, vectors);
            for (uint64_t left = nonzero[row]; left != 0; left &= left - 1) {
                const size_t i = (unsigned)__builtin_ctzll(left);
                const float *weights = of->tile + width * i;
                avx2_panel_add(&panel, in + i, (const uint8_t *)weights, TT_F32, vectors);
            }
            avx2_panel_store(to, &panel, vectors);
        }
    }
    return at;
}

/* The outputs from `at` on, fewer than a vector. */
AVX2_INLINE void avx2_last_columns(float *out, const kernel_product *of, tt_type type,
                                   const uint64_t *nonzero, size_t at) {
    const size_t size = type == TT_F16 ? 2 : 4;
    for (size_t row = 0; row < of->rows; row++)
        for (uint64_t left = nonzero[row]; left != 0; left &= left - 1) {
            const size_t i = (unsigned)__builtin_ctzll(left);
            const float x = of->in[row * of->stride + i];
            for (size_t j = at; j < of->n; j++)
                out[row * of->n + j] += x * kernel_value(of->weights + i * of->n * size, type, j);
        }
}

AVX2_INLINE void avx2_product(float *out, const kernel_product *of, tt_type type) {
    uint64_t nonzero[KERNEL_ROWS];
    for (size_t row = 0; row < of->rows; row++)
        nonzero[row] = avx2_nonzero(of->in + row * of->stride, of->count);
    size_t at = avx2_columns(out, of, type, nonzero, 0, 8);
    at = avx2_columns(out, of, type, nonzero, at, 4);
    at = avx2_columns(out, of, type, nonzero, at, 2);
    at = avx2_columns(out, of, type, nonzero, at, 1);
    if (at < of->n)
        avx2_last_columns(out, of, type, nonzero, at);
}

AVX2_TARGET static void product_avx2(float *out, const kernel_product *of) {
    if (of->type == TT_F16)
        avx2_product(out, of, TT_F16);
    else
        avx2_product(out, of, TT_F32);
}

#endif

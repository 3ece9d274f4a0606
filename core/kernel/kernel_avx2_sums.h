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
    size_t n, stride; /* outputs, and bytes of a row */
    tt_type type;
    const tt_entry *entry, *next; /* [count], [nexts] */
    size_t count, nexts;
} avx2_bag;

/* Row e of the bag; behind its last, one of the next bag, or again the last. */
AVX2_INLINE const uint8_t *avx2_row(const avx2_bag *bag, size_t e) {
    const tt_entry *entry = e < bag->count                ? bag->entry + e
                            : e - bag->count < bag->nexts ? bag->next + (e - bag->count)
                                                          : bag->entry + (bag->count - 1);
    return bag->table + (size_t)entry->row * bag->stride;
}

/* Adds `many` entries from `at` on.  Sums pass through the first cache once, so that each row is
 * read from its start to its end, as the hardware foresees. */
AVX2_INLINE void avx2_add_rows(float *out, const avx2_bag *bag, size_t at, size_t many, int far) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % AVX2_WIDTH;
    const uint8_t *row[AVX2_ROWS], *later[AVX2_ROWS];
    __m256 weight[AVX2_ROWS];
    for (size_t k = 0; k < many; k++) {
        row[k] = avx2_row(bag, at + k);
        weight[k] = _mm256_broadcast_ss(&bag->entry[at + k].weight);
        later[k] = far ? avx2_row(bag, at + k + AVX2_ROWS) : NULL;
    }
    for (size_t j = 0; j < whole; j += AVX2_WIDTH) {
        if (far && j * size % AVX2_LINE == 0)
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
AVX2_INLINE void avx2_add_rest(float *out, const avx2_bag *bag, size_t at, int far) {
    switch (bag->count - at) {
    case 7:
        avx2_add_rows(out, bag, at, 7, far);
        break;
    case 6:
        avx2_add_rows(out, bag, at, 6, far);
        break;
    case 5:
        avx2_add_rows(out, bag, at, 5, far);
        break;
    case 4:
        avx2_add_rows(out, bag, at, 4, far);
        break;
    case 3:
        avx2_add_rows(out, bag, at, 3, far);
        break;
    case 2:
        avx2_add_rows(out, bag, at, 2, far);
        break;
    case 1:
        avx2_add_rows(out, bag, at, 1, far);
        break;
    default:
        break;
    }
}

AVX2_INLINE void avx2_gather(float *out, const avx2_bag *bag, int far) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % AVX2_WIDTH;
    size_t e = 0;
    for (; bag->count - e >= AVX2_ROWS; e += AVX2_ROWS)
        avx2_add_rows(out, bag, e, AVX2_ROWS, far);
    avx2_add_rest(out, bag, e, far);
    if (whole < bag->n)
        gather_block(out + whole, bag->n - whole, bag->table + whole * size, bag->stride, bag->type,
                     bag->entry, bag->count);
}

/* The sums of AVX2_PANEL outputs.  They stay in registers: loads in a loop would make gcc keep
 * them in memory. */
typedef struct avx2_panel {
    __m256 sum[AVX2_PANEL / AVX2_WIDTH];
} avx2_panel;

AVX2_INLINE avx2_panel avx2_panel_load(const float *out) {
    return (avx2_panel){{_mm256_loadu_ps(out), _mm256_loadu_ps(out + 8), _mm256_loadu_ps(out + 16),
                         _mm256_loadu_ps(out + 24), _mm256_loadu_ps(out + 32),
                         _mm256_loadu_ps(out + 40), _mm256_loadu_ps(out + 48),
                         _mm256_loadu_ps(out + 56)}};
}

AVX2_INLINE void avx2_panel_add(avx2_panel *to, const float *weight, const uint8_t *row,
                                tt_type type) {
    const size_t step = AVX2_WIDTH * (type == TT_F16 ? 2 : 4);
    const __m256 all = _mm256_broadcast_ss(weight);
    for (size_t k = AVX2_PANEL / AVX2_WIDTH; k-- > 0;)
        to->sum[k] = _mm256_add_ps(to->sum[k], _mm256_mul_ps(all, avx2_load(row + k * step, type)));
}

AVX2_INLINE void avx2_panel_store(float *out, const avx2_panel *from) {
    for (size_t k = 0; k < AVX2_PANEL / AVX2_WIDTH; k++)
        _mm256_storeu_ps(out + AVX2_WIDTH * k, from->sum[k]);
}

/* Of a table that a cache holds, panel after panel. */
AVX2_INLINE void avx2_near(float *out, size_t n, const uint8_t *table, tt_type type,
                           const tt_entry *entry, size_t count) {
    const size_t size = type == TT_F16 ? 2 : 4, stride = n * size, rest = n % AVX2_PANEL;
    for (size_t j = 0; j < n - rest; j += AVX2_PANEL) {
        avx2_panel panel = avx2_panel_load(out + j);
        for (size_t e = 0; e < count; e++)
            avx2_panel_add(&panel, &entry[e].weight, table + entry[e].row * stride + j * size,
                           type);
        avx2_panel_store(out + j, &panel);
    }
    const avx2_bag left = {table + (n - rest) * size, rest, stride, type, entry, NULL, count, 0};
    if (rest > 0)
        avx2_gather(out + n - rest, &left, 0);
}

AVX2_TARGET static void gather_avx2(float *out, size_t n, const uint8_t *table, tt_type type,
                                    const tt_entry *entry, size_t count) {
    if (type == TT_F16)
        avx2_near(out, n, table, TT_F16, entry, count);
    else
        avx2_near(out, n, table, TT_F32, entry, count);
}

AVX2_TARGET static void gather_far_avx2(float *out, size_t n, const uint8_t *table, tt_type type,
                                        const tt_entry *entry, size_t count, const tt_entry *next,
                                        size_t nexts) {
    if (count == 0) {
        avx2_ask(table, n * (type == TT_F16 ? 2 : 4), next, nexts);
        return;
    }
    const avx2_bag half = {table, n, n * 2, TT_F16, entry, next, count, nexts};
    const avx2_bag single = {table, n, n * 4, TT_F32, entry, next, count, nexts};
    if (type == TT_F16)
        avx2_gather(out, &half, 1);
    else
        avx2_gather(out, &single, 1);
}

/* ---- Layers of a block of rows ------------------------------------------------------- */

AVX2_TARGET static void widen_avx2(uint8_t *single, const uint8_t *half, size_t n) {
    size_t i = 0;
    for (; n - i >= AVX2_WIDTH; i += AVX2_WIDTH)
        _mm256_storeu_ps((float *)(void *)(single + 4 * i), avx2_load(half + 2 * i, TT_F16));
    widen_c(single + 4 * i, half + 2 * i, n - i);
}

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

/* Columns at, at + 1, ... of the weights, and of the outputs of every row. */
AVX2_INLINE void avx2_columns(float *out, const kernel_product *of, tt_type type, size_t at,
                              const uint64_t *nonzero) {
    const size_t size = type == TT_F16 ? 2 : 4;
    for (size_t i = 0; i < of->count; i++)
        for (size_t k = 0; k < AVX2_PANEL; k += AVX2_WIDTH)
            _mm256_store_ps(of->tile + AVX2_PANEL * i + k,
                            avx2_load(of->weights + (i * of->n + at + k) * size, type));
    for (size_t row = 0; row < of->rows; row++) {
        const float *in = of->in + row * of->stride;
        float *to = out + row * of->n + at;
        avx2_panel panel = avx2_panel_load(to);
        for (uint64_t left = nonzero[row]; left != 0; left &= left - 1) {
            const size_t i = (unsigned)__builtin_ctzll(left);
            avx2_panel_add(&panel, in + i, (const uint8_t *)(of->tile + AVX2_PANEL * i), TT_F32);
        }
        avx2_panel_store(to, &panel);
    }
}

/* The columns from `at` on, fewer than a panel. */
AVX2_TARGET static void avx2_narrow(float *out, const kernel_product *of, size_t at,
                                    const uint64_t *nonzero) {
    const size_t size = of->type == TT_F16 ? 2 : 4, n = of->n - at;
    tt_entry entry[KERNEL_INPUTS];
    for (size_t i = 0; i < of->count; i++) {
        const uint8_t *from = of->weights + (i * of->n + at) * size;
        if (of->type == TT_F16)
            widen_avx2((uint8_t *)(of->tile + i * n), from, n);
        else
            memcpy(of->tile + i * n, from, n * size);
    }
    for (size_t row = 0; row < of->rows; row++) {
        size_t held = 0;
        for (uint64_t left = nonzero[row]; left != 0; left &= left - 1) {
            const uint32_t i = (uint32_t)__builtin_ctzll(left);
            entry[held++] = (tt_entry){i, of->in[row * of->stride + i]};
        }
        gather_avx2(out + row * of->n + at, n, (const uint8_t *)of->tile, TT_F32, entry, held);
    }
}

AVX2_TARGET static void product_avx2(float *out, const kernel_product *of) {
    const size_t rest = of->n % AVX2_PANEL;
    uint64_t nonzero[KERNEL_ROWS];
    for (size_t row = 0; row < of->rows; row++)
        nonzero[row] = avx2_nonzero(of->in + row * of->stride, of->count);
    for (size_t at = 0; at < of->n - rest; at += AVX2_PANEL)
        if (of->type == TT_F16)
            avx2_columns(out, of, TT_F16, at, nonzero);
        else
            avx2_columns(out, of, TT_F32, at, nonzero);
    if (rest > 0)
        avx2_narrow(out, of, of->n - rest, nonzero);
}

#endif

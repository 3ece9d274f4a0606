/* SPDX-License-Identifier: MIT */
/*
 * Of the kernels for x86-64 those whose vectors run over outputs, bags and layers, for vectors
 * of any width; it has no include guard, because kernel_avx2.c and kernel_avx512.c
 * include it once each, after they have defined
 *
 *   WIDE(name)           a name of their own
 *   WIDE_TARGET          what a function of the table begins with
 *   wide, WIDE_WIDTH     a vector of so many singles
 *   wide_load(at, type)  so many weights
 *   wide_all(at)         one single in each lane
 *   wide_from, wide_to, wide_to_line (at a multiple of 64 bytes), wide_zero, wide_add, wide_mul
 *   wide_other(v)        a mask of the lanes that are not 0
 */
#ifndef TT_KERNEL_WIDE_H
#define TT_KERNEL_WIDE_H

enum {
    WIDE_PANEL = 8, /* vectors of sums in registers */
    WIDE_ROWS = 8,  /* of a table that are added together */
    WIDE_LINE = 64  /* bytes of a cache line */
};

/* Entries that are added in one pass over the outputs; those of the next pass are asked for. */
typedef struct wide_bag {
    const uint8_t *table;
    size_t n;
    tt_type type;
    const tt_entry *entry, *next; /* [count], [nexts] */
    size_t count, nexts;
} wide_bag;

/* Row e of the bag; behind its last, one of the next bag, or again the last. */
KERNEL_INLINE const uint8_t *wide_row(const wide_bag *bag, size_t e) {
    const size_t stride = bag->n * (bag->type == TT_F16 ? 2 : 4);
    const tt_entry *entry = e < bag->count                ? bag->entry + e
                            : e - bag->count < bag->nexts ? bag->next + (e - bag->count)
                                                          : bag->entry + (bag->count - 1);
    return bag->table + (size_t)entry->row * stride;
}

/* The entries of the first pass, before there is anything to do meanwhile. */
static void wide_ask(const uint8_t *table, size_t stride, const tt_entry *entry, size_t count) {
    for (size_t e = 0; e < count && e < WIDE_ROWS; e++)
        for (size_t at = 0; at < stride; at += WIDE_LINE)
            __builtin_prefetch(table + (size_t)entry[e].row * stride + at);
}

/* The outputs of a product from `at` on, fewer than a vector. */
static void wide_last_columns(float *out, const kernel_product *of, const uint64_t *nonzero,
                              size_t at) {
    const size_t size = of->type == TT_F16 ? 2 : 4;
    for (size_t row = 0; row < of->rows; row++)
        for (uint64_t left = nonzero[row]; left != 0; left &= left - 1) {
            const size_t i = (unsigned)__builtin_ctzll(left);
            const float x = of->in[row * of->stride + i];
            for (size_t j = at; j < of->n; j++)
                out[row * of->n + j] +=
                    x * kernel_value(of->weights + i * of->n * size, of->type, j);
        }
}

#endif

#define WIDE_INLINE WIDE_TARGET static inline __attribute__((always_inline))

/* ---- Gather ------------------------------------------------------------------------ */

/* Adds `many` entries from `at` on.  Sums pass through the first cache once, so that each row is
 * read from its start to its end, as the hardware foresees. */
WIDE_INLINE void WIDE(add_rows)(float *out, const wide_bag *bag, size_t at, size_t many) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % WIDE_WIDTH;
    const uint8_t *row[WIDE_ROWS], *later[WIDE_ROWS];
    wide weight[WIDE_ROWS];
    for (size_t k = 0; k < many; k++) {
        row[k] = wide_row(bag, at + k);
        weight[k] = wide_all(&bag->entry[at + k].weight);
        later[k] = wide_row(bag, at + k + WIDE_ROWS);
    }
    for (size_t j = 0; j < whole; j += WIDE_WIDTH) {
        if (j * size % WIDE_LINE == 0)
            for (size_t k = 0; k < many; k++)
                __builtin_prefetch(later[k] + j * size);
        wide sum = wide_from(out + j);
        for (size_t k = 0; k < many; k++)
            sum = wide_add(sum, wide_mul(weight[k], wide_load(row[k] + j * size, bag->type)));
        wide_to(out + j, sum);
    }
}

/* What does not fill a pass. */
WIDE_INLINE void WIDE(add_rest)(float *out, const wide_bag *bag, size_t at) {
    const size_t left = bag->count - at;
    if (left & 4)
        WIDE(add_rows)(out, bag, at, 4);
    if (left & 2)
        WIDE(add_rows)(out, bag, at + (left & 4), 2);
    if (left & 1)
        WIDE(add_rows)(out, bag, at + (left & 6), 1);
}

WIDE_INLINE void WIDE(gather_rows)(float *out, const wide_bag *bag) {
    const size_t size = bag->type == TT_F16 ? 2 : 4, whole = bag->n - bag->n % WIDE_WIDTH;
    size_t e = 0;
    for (; bag->count - e >= WIDE_ROWS; e += WIDE_ROWS)
        WIDE(add_rows)(out, bag, e, WIDE_ROWS);
    WIDE(add_rest)(out, bag, e);
    if (whole < bag->n)
        gather_block(out + whole, bag->n - whole, bag->table + whole * size, bag->n * size,
                     bag->type, bag->entry, bag->count);
}

WIDE_TARGET static void WIDE(gather_far)(float *out, size_t n, const uint8_t *table, tt_type type,
                                         const tt_entry *entry, size_t count, const tt_entry *next,
                                         size_t nexts) {
    if (count == 0) {
        wide_ask(table, n * (type == TT_F16 ? 2 : 4), next, nexts);
        return;
    }
    const wide_bag half = {table, n, TT_F16, entry, next, count, nexts};
    const wide_bag single = {table, n, TT_F32, entry, next, count, nexts};
    if (type == TT_F16)
        WIDE(gather_rows)(out, &half);
    else
        WIDE(gather_rows)(out, &single);
}

/* ---- Panels: of a table that a cache holds --------------------------------------------- */

/* The sums of up to WIDE_PANEL vectors of outputs.  They stay in registers: loads in a loop would
 * make gcc keep them in memory.  `vectors` is a constant. */
typedef struct WIDE(panel) {
    wide sum[WIDE_PANEL];
} WIDE(panel);

WIDE_INLINE wide WIDE(panel_part)(const float *out, size_t k, size_t vectors) {
    return k < vectors ? wide_from(out + WIDE_WIDTH * k) : wide_zero();
}

WIDE_INLINE WIDE(panel) WIDE(panel_load)(const float *out, size_t vectors) {
    return (WIDE(panel)){{wide_from(out), WIDE(panel_part)(out, 1, vectors),
                          WIDE(panel_part)(out, 2, vectors), WIDE(panel_part)(out, 3, vectors),
                          WIDE(panel_part)(out, 4, vectors), WIDE(panel_part)(out, 5, vectors),
                          WIDE(panel_part)(out, 6, vectors), WIDE(panel_part)(out, 7, vectors)}};
}

/* Read from its end, a part of a row does not look like the begin of a stream, of which the
 * hardware would fetch the next lines, too. */
WIDE_INLINE void WIDE(panel_add)(WIDE(panel) * to, const float *weight, const uint8_t *row,
                                 tt_type type, size_t vectors) {
    const size_t step = WIDE_WIDTH * (type == TT_F16 ? 2 : 4);
    const wide all = wide_all(weight);
    for (size_t k = vectors; k > 0; k--) {
        const wide value = wide_load(row + (k - 1) * step, type);
        to->sum[k - 1] = wide_add(to->sum[k - 1], wide_mul(all, value));
    }
}

WIDE_INLINE void WIDE(panel_store)(float *out, const WIDE(panel) * from, size_t vectors) {
    for (size_t k = 0; k < vectors; k++)
        wide_to(out + WIDE_WIDTH * k, from->sum[k]);
}

/* As many panels as there are from output `at` on; returns the first output behind them. */
WIDE_INLINE size_t WIDE(near)(float *out, const wide_bag *bag, size_t at, size_t vectors) {
    const size_t size = bag->type == TT_F16 ? 2 : 4;
    for (; bag->n - at >= WIDE_WIDTH * vectors; at += WIDE_WIDTH * vectors) {
        WIDE(panel) panel = WIDE(panel_load)(out + at, vectors);
        for (size_t e = 0; e < bag->count; e++)
            WIDE(panel_add)
        (&panel, &bag->entry[e].weight, bag->table + (bag->entry[e].row * bag->n + at) * size,
         bag->type, vectors);
        WIDE(panel_store)(out + at, &panel, vectors);
    }
    return at;
}

WIDE_INLINE void WIDE(gather_near)(float *out, const wide_bag *bag) {
    const size_t size = bag->type == TT_F16 ? 2 : 4;
    size_t at = WIDE(near)(out, bag, 0, 8);
    at = WIDE(near)(out, bag, at, 4);
    at = WIDE(near)(out, bag, at, 2);
    at = WIDE(near)(out, bag, at, 1);
    if (at < bag->n)
        gather_block(out + at, bag->n - at, bag->table + at * size, bag->n * size, bag->type,
                     bag->entry, bag->count);
}

WIDE_TARGET static void WIDE(gather)(float *out, size_t n, const uint8_t *table, tt_type type,
                                     const tt_entry *entry, size_t count) {
    const wide_bag half = {table, n, TT_F16, entry, NULL, count, 0};
    const wide_bag single = {table, n, TT_F32, entry, NULL, count, 0};
    if (type == TT_F16)
        WIDE(gather_near)(out, &half);
    else
        WIDE(gather_near)(out, &single);
}

/* ---- Layers of a block of rows ------------------------------------------------------- */

/* Which of count <= KERNEL_INPUTS elements are not 0. */
WIDE_INLINE uint64_t WIDE(mask_of)(const float *x, size_t count) {
    uint64_t mask = 0;
    size_t i = 0;
    for (; count - i >= WIDE_WIDTH; i += WIDE_WIDTH)
        mask |= (uint64_t)wide_other(wide_from(x + i)) << i;
    for (; i < count; i++)
        mask |= (uint64_t)(x[i] != 0.0f) << i;
    return mask;
}

/* The weights of the inputs `from` to `end`, of `width` outputs, as singles. */
WIDE_INLINE void WIDE(fill_tile)(const kernel_product *of, tt_type type, size_t at, size_t width,
                                 size_t from, size_t end) {
    const size_t size = type == TT_F16 ? 2 : 4;
    for (size_t i = from; i < end; i++)
        for (size_t k = 0; k < width; k += WIDE_WIDTH)
            wide_to_line(of->tile + width * (i - from) + k,
                         wide_load(of->weights + (i * of->n + at + k) * size, type));
}

/* A panel of all rows: the inputs `from` to `end` of the layer, whose weights the first cache
 * holds, once for all rows. */
WIDE_INLINE void WIDE(panel_product)(float *out, const kernel_product *of, const uint64_t *nonzero,
                                     size_t at, size_t vectors, size_t from, size_t end) {
    const size_t width = WIDE_WIDTH * vectors;
    const uint64_t window = (end - from < 64 ? (UINT64_C(1) << (end - from)) - 1 : ~UINT64_C(0))
                            << from;
    if (of->type == TT_F16)
        WIDE(fill_tile)(of, TT_F16, at, width, from, end);
    else
        WIDE(fill_tile)(of, TT_F32, at, width, from, end);
    for (size_t row = 0; row < of->rows; row++) {
        const float *in = of->in + row * of->stride;
        float *to = out + row * of->n + at;
        WIDE(panel) panel = WIDE(panel_load)(to, vectors);
        for (uint64_t left = nonzero[row] & window; left != 0; left &= left - 1) {
            const size_t i = (unsigned)__builtin_ctzll(left);
            const float *weights = of->tile + width * (i - from);
            WIDE(panel_add)(&panel, in + i, (const uint8_t *)weights, TT_F32, vectors);
        }
        WIDE(panel_store)(to, &panel, vectors);
    }
}

/* As many panels as there are from output `at` on; returns the first output behind them. */
WIDE_INLINE size_t WIDE(columns)(float *out, const kernel_product *of, const uint64_t *nonzero,
                                 size_t at, size_t vectors) {
    const size_t width = WIDE_WIDTH * vectors, fit = KERNEL_TILE / width;
    for (; of->n - at >= width; at += width)
        for (size_t from = 0; from < of->count; from += fit) {
            const size_t end = of->count - from < fit ? of->count : from + fit;
            WIDE(panel_product)(out, of, nonzero, at, vectors, from, end);
        }
    return at;
}

WIDE_TARGET static void WIDE(product)(float *out, const kernel_product *of) {
    uint64_t nonzero[KERNEL_ROWS];
    for (size_t row = 0; row < of->rows; row++)
        nonzero[row] = WIDE(mask_of)(of->in + row * of->stride, of->count);
    size_t at = WIDE(columns)(out, of, nonzero, 0, 8);
    at = WIDE(columns)(out, of, nonzero, at, 4);
    at = WIDE(columns)(out, of, nonzero, at, 2);
    at = WIDE(columns)(out, of, nonzero, at, 1);
    if (at < of->n)
        wide_last_columns(out, of, nonzero, at);
}

#undef WIDE
#undef WIDE_TARGET
#undef WIDE_WIDTH
#undef WIDE_INLINE
#undef wide
#undef wide_load
#undef wide_all
#undef wide_from
#undef wide_to
#undef wide_to_line
#undef wide_zero
#undef wide_add
#undef wide_mul
#undef wide_other

/* SPDX-License-Identifier: MIT */
/*
 * The kernels whose elements are computed alone, written once over vectors; no include
 * guard, because each kernel_*.c includes it once, after it has defined
 *   KERNEL, INLINE  what a function of the table, a helper begins with
 *   vec, LANES      a vector of so many f32 numbers
 *   vec_load, vec_store, vec_set1 (equal ones), vec_add, vec_sub, vec_mul, vec_div,
 *   vec_fma (a b + c), vec_fnma (c - a b, one rounding too), vec_equal (all bits equal),
 *   vec_rsqrt_estimate  0x5f3759df - (x >> 1) of the bits x of each lane
 */
#include <string.h>

/* The last lanes of a row: those beyond its end are 0, and are not stored. */
INLINE vec load_part(const float *from, size_t count) {
    float lane[LANES] = {0};
    memcpy(lane, from, count * sizeof *lane);
    return vec_load(lane);
}

INLINE void store_part(float *to, vec value, size_t count) {
    float lane[LANES];
    vec_store(lane, value);
    memcpy(to, lane, count * sizeof *lane);
}

KERNEL void add_scaled(float *to, const float *from, float scale, size_t count) {
    vec s = vec_set1(scale);
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        vec_store(to + i, vec_fma(s, vec_load(from + i), vec_load(to + i)));
    if (i < count) {
        size_t rest = count - i;
        store_part(to + i, vec_fma(s, load_part(from + i, rest), load_part(to + i, rest)), rest);
    }
}

KERNEL void scale(float *row, float scale, size_t count) {
    vec s = vec_set1(scale);
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        vec_store(row + i, vec_mul(s, vec_load(row + i)));
    if (i < count)
        store_part(row + i, vec_mul(s, load_part(row + i, count - i)), count - i);
}

enum { PREFETCH_DISTANCE = 4, LINE = 16, BLOCK = 64 };

/* BLOCK columns of a gather.  Rows lie anywhere in a large table, so those of
 * the entries to come are fetched early. */
INLINE void gather_block(float *sum, const float *table, size_t width, const tt_entry *entry,
                         size_t count) {
    vec total[BLOCK / LANES];
    for (size_t k = 0; k < BLOCK / LANES; k++)
        total[k] = vec_load(sum + k * LANES);
    for (size_t e = 0; e < count; e++) {
        const float *row = table + entry[e].row * width;
        vec weight = vec_set1(entry[e].weight);
        if (count - e > PREFETCH_DISTANCE)
            for (int i = 0; i < BLOCK; i += LINE)
                __builtin_prefetch(table + entry[e + PREFETCH_DISTANCE].row * width + i);
        for (size_t k = 0; k < BLOCK / LANES; k++)
            total[k] = vec_fma(weight, vec_load(row + k * LANES), total[k]);
    }
    for (size_t k = 0; k < BLOCK / LANES; k++)
        vec_store(sum + k * LANES, total[k]);
}

KERNEL void gather(float *sum, const float *table, size_t width, const tt_entry *entry,
                   size_t count) {
    size_t i = 0;
    for (; width - i >= BLOCK; i += BLOCK)
        gather_block(sum + i, table + i, width, entry, count);
    if (i < width)
        for (size_t e = 0; e < count; e++)
            add_scaled(sum + i, table + entry[e].row * width + i, entry[e].weight, width - i);
}

enum { ROWS_AT_ONCE = 4, PAIR = 2 * LANES };

INLINE vec add_lanes(vec total, const float *const *row, const vec *weight, size_t rows, size_t i) {
    for (size_t r = 0; r < rows; r++)
        total = vec_fma(weight[r], vec_load(row[r] + i), total);
    return total;
}

/* to += w0 r0, then w1 r1, ... of `rows` rows, from 0 if they are the first: some whole
 * rows at a time, so that each row is one run of memory. */
INLINE void add_rows(float *to, const float *table, const tr_sum *sum, size_t e, size_t rows,
                     int first) {
    const float *row[ROWS_AT_ONCE], *ahead[ROWS_AT_ONCE];
    vec weight[ROWS_AT_ONCE], zero = vec_set1(0.0f);
    size_t i = 0, width = sum->width, last = sum->count + sum->more - 1;
    for (size_t r = 0; r < rows; r++) {
        size_t later = e + r + ROWS_AT_ONCE < last ? e + r + ROWS_AT_ONCE : last;
        row[r] = table + sum->entry[e + r].row * sum->stride;
        ahead[r] = table + sum->entry[later].row * sum->stride;
        weight[r] = vec_set1(sum->entry[e + r].weight);
    }
    for (; width - i >= PAIR; i += PAIR) {
        for (size_t r = 0; r < rows; r++)
            for (size_t line = 0; line < PAIR; line += LINE)
                __builtin_prefetch(ahead[r] + i + line);
        vec low = first ? zero : vec_load(to + i), high = first ? zero : vec_load(to + i + LANES);
        vec_store(to + i, add_lanes(low, row, weight, rows, i));
        vec_store(to + i + LANES, add_lanes(high, row, weight, rows, i + LANES));
    }
    for (; i < width; i += LANES) {
        size_t rest = width - i < LANES ? width - i : LANES;
        vec total = first ? zero : load_part(to + i, rest);
        for (size_t r = 0; r < rows; r++)
            total = vec_fma(weight[r], load_part(row[r] + i, rest), total);
        store_part(to + i, total, rest);
    }
}

INLINE void add_last(float *to, const float *table, const tr_sum *sum, size_t e, int first) {
    if (sum->count - e == 3)
        add_rows(to, table, sum, e, 3, first);
    else if (sum->count - e == 2)
        add_rows(to, table, sum, e, 2, first);
    else if (sum->count - e == 1)
        add_rows(to, table, sum, e, 1, first);
}

KERNEL void sum_rows(float *to, const float *table, const tr_sum *sum) {
    if (sum->count == 0)
        memset(to, 0, sum->width * sizeof *to);
    if (sum->count < ROWS_AT_ONCE) {
        add_last(to, table, sum, 0, 1);
        return;
    }
    add_rows(to, table, sum, 0, ROWS_AT_ONCE, 1);
    size_t e = ROWS_AT_ONCE;
    for (; sum->count - e >= ROWS_AT_ONCE; e += ROWS_AT_ONCE)
        add_rows(to, table, sum, e, ROWS_AT_ONCE, 0);
    add_last(to, table, sum, e, 0);
}

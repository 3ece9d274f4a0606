/* SPDX-License-Identifier: MIT */
#include "kernel/sparse.h"
#include "kernel/maths.h"

#include <string.h>

enum { LANES = 32, ROWS = 4, LINE = 16 };

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define WITH_AVX2 __attribute__((target("avx2")))
#endif

/* ---- Sums of rows ------------------------------------------------------------------ */

/* to += w0 r0, then w1 r1, ...: a few whole rows at a time, so that each row is
 * one run of memory; the rows of the next few are fetched meanwhile. */
INLINE void add_rows(float *restrict to, size_t width, const float *restrict table, size_t stride,
                     const tt_entry *entry, const tt_entry *next) {
    const float *a = table + entry[0].row * stride, *b = table + entry[1].row * stride;
    const float *c = table + entry[2].row * stride, *d = table + entry[3].row * stride;
    float wa = entry[0].weight, wb = entry[1].weight, wc = entry[2].weight, wd = entry[3].weight;
    size_t j = 0;
    for (; width - j >= LINE; j += LINE) {
        for (int r = 0; r < ROWS; r++)
            __builtin_prefetch(table + next[r].row * stride + j);
        for (size_t i = j; i < j + LINE; i++)
            to[i] = (((to[i] + wa * a[i]) + wb * b[i]) + wc * c[i]) + wd * d[i];
    }
    for (; j < width; j++)
        to[j] = (((to[j] + wa * a[j]) + wb * b[j]) + wc * c[j]) + wd * d[j];
}

INLINE void sum_rows(float *restrict to, size_t width, const float *restrict table, size_t stride,
                     const tt_entry *entry, size_t count) {
    size_t e = 0;
    memset(to, 0, width * sizeof *to);
    for (; count - e >= ROWS; e += ROWS)
        add_rows(to, width, table, stride, entry + e,
                 count - e >= 2 * ROWS ? entry + e + ROWS : entry + e);
    for (; e < count; e++) {
        const float *row = table + entry[e].row * stride;
        for (size_t j = 0; j < width; j++)
            to[j] += entry[e].weight * row[j];
    }
}

/* ---- Adam -------------------------------------------------------------------------- */

INLINE float root(float x) {
    return x * tr_rsqrt(x);
}

INLINE float adam_change(const tr_adam *step, float first, float second) {
    return step->rate * first / (root(second * step->correction) + 1e-8f);
}

INLINE void adam_row(const tr_adam *step, float *restrict parameter, const float *restrict gradient,
                     float *restrict first, float *restrict second, size_t count,
                     const float *next) {
    size_t j = 0;
    for (; count - j >= LINE; j += LINE) {
        __builtin_prefetch(next + j, 1);
        __builtin_prefetch(next + (first - parameter) + j, 1);
        __builtin_prefetch(next + (second - parameter) + j, 1);
        for (size_t i = j; i < j + LINE; i++) {
            float g = gradient[i];
            float m = 0.9f * first[i] + 0.1f * g, v = 0.999f * second[i] + 0.001f * (g * g);
            first[i] = m;
            second[i] = v;
            parameter[i] -= adam_change(step, m, v);
        }
    }
    for (size_t i = j; i < count; i++) {
        float g = gradient[i];
        float m = 0.9f * first[i] + 0.1f * g, v = 0.999f * second[i] + 0.001f * (g * g);
        first[i] = m;
        second[i] = v;
        parameter[i] -= adam_change(step, m, v);
    }
}

/* The change shrinks from step to step, as m decays faster than sqrt(v): where
 * no parameter moves any more, none will, and only the moments are left to do. */
INLINE void adam_idle(const tr_adam *step, size_t steps, float *restrict parameter,
                      float *restrict first, float *restrict second) {
    float p[LANES], m[LANES], v[LANES];
    memcpy(p, parameter, sizeof p);
    memcpy(m, first, sizeof m);
    memcpy(v, second, sizeof v);
    size_t t = 0;
    for (uint32_t moved = 1; t < steps && moved; t++) {
        moved = 0;
        for (int i = 0; i < LANES; i++) {
            m[i] = 0.9f * m[i];
            v[i] = 0.999f * v[i];
            float next = p[i] - adam_change(&step[t], m[i], v[i]);
            moved |= tr_bits(next) ^ tr_bits(p[i]);
            p[i] = next;
        }
    }
    for (; t < steps; t++)
        for (int i = 0; i < LANES; i++) {
            m[i] = 0.9f * m[i];
            v[i] = 0.999f * v[i];
        }
    memcpy(parameter, p, sizeof p);
    memcpy(first, m, sizeof m);
    memcpy(second, v, sizeof v);
}

INLINE int all_zero(const float *row, size_t count) {
    uint32_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= tr_bits(row[i]);
    return any == 0;
}

INLINE void adam_idle_row(const tr_adam *step, size_t steps, float *parameter, float *first,
                          float *second, size_t count) {
    if (all_zero(first, count) && all_zero(second, count))
        return; /* never touched: nothing moves */
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        adam_idle(step, steps, parameter + i, first + i, second + i);
    if (i < count) {
        float p[LANES] = {0}, m[LANES] = {0}, v[LANES] = {0};
        size_t bytes = (count - i) * sizeof *p;
        memcpy(p, parameter + i, bytes);
        memcpy(m, first + i, bytes);
        memcpy(v, second + i, bytes);
        adam_idle(step, steps, p, m, v);
        memcpy(parameter + i, p, bytes);
        memcpy(first + i, m, bytes);
        memcpy(second + i, v, bytes);
    }
}

/* ---- The same for wider registers --------------------------------------------------- */

#if defined(WITH_AVX2)
WITH_AVX2 static void sum_rows_avx2(float *to, size_t width, const float *table, size_t stride,
                                    const tt_entry *entry, size_t count) {
    sum_rows(to, width, table, stride, entry, count);
}

WITH_AVX2 static void adam_row_avx2(const tr_adam *step, float *parameter, const float *gradient,
                                    float *first, float *second, size_t count, const float *next) {
    adam_row(step, parameter, gradient, first, second, count, next);
}

WITH_AVX2 static void adam_idle_avx2(const tr_adam *step, size_t steps, float *parameter,
                                     float *first, float *second, size_t count) {
    adam_idle_row(step, steps, parameter, first, second, count);
}
#define CHOOSE(call) \
    if (__builtin_cpu_supports("avx2")) \
    return call
#else
#define CHOOSE(call)
#endif

void tr_sum_rows(float *to, size_t width, const float *table, size_t stride, const tt_entry *entry,
                 size_t count) {
    CHOOSE(sum_rows_avx2(to, width, table, stride, entry, count));
    sum_rows(to, width, table, stride, entry, count);
}

void tr_adam_row(const tr_adam *step, float *parameter, const float *gradient, float *first,
                 float *second, size_t count, const float *next) {
    CHOOSE(adam_row_avx2(step, parameter, gradient, first, second, count, next));
    adam_row(step, parameter, gradient, first, second, count, next);
}

void tr_adam_idle(const tr_adam *step, size_t steps, float *parameter, float *first, float *second,
                  size_t count) {
    CHOOSE(adam_idle_avx2(step, steps, parameter, first, second, count));
    adam_idle_row(step, steps, parameter, first, second, count);
}

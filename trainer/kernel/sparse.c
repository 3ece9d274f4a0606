/* SPDX-License-Identifier: MIT */
#include "kernel/sparse.h"
#include "kernel/maths.h"

#include <string.h>

enum { LANES = 8, WIDE = 64, AHEAD = 4 };

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define WITH_AVX2 __attribute__((target("avx2")))
#endif

/* ---- Sums of rows ------------------------------------------------------------------ */

INLINE void sum_columns(float *restrict to, const float *restrict table, size_t stride,
                        const tt_entry *entry, size_t count, size_t columns) {
    float sum[WIDE] = {0};
    for (size_t e = 0; e < count; e++) {
        const float *row = table + entry[e].row * stride;
        float weight = entry[e].weight;
        if (e + AHEAD < count)
            for (size_t j = 0; j < columns; j += 16)
                __builtin_prefetch(table + entry[e + AHEAD].row * stride + j);
        for (size_t j = 0; j < columns; j++)
            sum[j] += weight * row[j];
    }
    memcpy(to, sum, columns * sizeof *to);
}

INLINE void sum_rows(float *restrict to, size_t width, const float *restrict table, size_t stride,
                     const tt_entry *entry, size_t count) {
    size_t j = 0;
    for (; width - j >= WIDE; j += WIDE)
        sum_columns(to + j, table + j, stride, entry, count, WIDE);
    if (j < width)
        sum_columns(to + j, table + j, stride, entry, count, width - j);
}

/* ---- Adam -------------------------------------------------------------------------- */

INLINE float adam_change(const tr_adam *step, float first, float second) {
    return step->rate * first / (tr_sqrt(second * step->correction) + 1e-8f);
}

INLINE void adam_row(const tr_adam *step, float *restrict parameter, const float *restrict gradient,
                     float *restrict first, float *restrict second, size_t count) {
    for (size_t i = 0; i < count; i++) {
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
                                    float *first, float *second, size_t count) {
    adam_row(step, parameter, gradient, first, second, count);
}

WITH_AVX2 static void adam_idle_avx2(const tr_adam *step, size_t steps, float *parameter,
                                     float *first, float *second, size_t count) {
    adam_idle_row(step, steps, parameter, first, second, count);
}
#define CHOOSE(call)                    \
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
                 float *second, size_t count) {
    CHOOSE(adam_row_avx2(step, parameter, gradient, first, second, count));
    adam_row(step, parameter, gradient, first, second, count);
}

void tr_adam_idle(const tr_adam *step, size_t steps, float *parameter, float *first, float *second,
                  size_t count) {
    CHOOSE(adam_idle_avx2(step, steps, parameter, first, second, count));
    adam_idle_row(step, steps, parameter, first, second, count);
}

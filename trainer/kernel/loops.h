/* SPDX-License-Identifier: MIT */
/*
 * The kernels, written once over vectors of eight; no include guard, because
 * each kernel_*.c includes it once, after it has defined
 *   KERNEL, INLINE  what a function of the table, a helper begins with
 *   vec             eight singles
 *   vec_load, vec_store, vec_all (eight equal ones), vec_add, vec_sub, vec_mul, vec_div,
 *   vec_fused (a b + c), vec_unfused (c - a b, one rounding too), vec_max, vec_min
 *   (a > b ? a : b and a < b ? a : b), vec_same (all bits equal), and of the bits x of each lane
 *   vec_power  (x << 23) + bits of 1
 *   vec_guess  0x5f3759df - (x >> 1)
 */
#include <string.h>

/* The last lanes of a row: those beyond its end are 0, and are not stored. */
INLINE vec load_part(const float *from, size_t count) {
    float lane[TR_LANES] = {0};
    memcpy(lane, from, count * sizeof *lane);
    return vec_load(lane);
}

INLINE void store_part(float *to, vec value, size_t count) {
    float lane[TR_LANES];
    vec_store(lane, value);
    memcpy(to, lane, count * sizeof *lane);
}

INLINE float sum_lanes(vec value) {
    float lane[TR_LANES];
    vec_store(lane, value);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

KERNEL float dot(const float *a, const float *b, size_t count) {
    vec sum = vec_all(0.0f);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        sum = vec_fused(vec_load(a + i), vec_load(b + i), sum);
    if (i < count)
        sum = vec_fused(load_part(a + i, count - i), load_part(b + i, count - i), sum);
    return sum_lanes(sum);
}

KERNEL void add_scaled(float *to, const float *from, float scale, size_t count) {
    vec s = vec_all(scale);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        vec_store(to + i, vec_fused(s, vec_load(from + i), vec_load(to + i)));
    if (i < count) {
        size_t rest = count - i;
        store_part(to + i, vec_fused(s, load_part(from + i, rest), load_part(to + i, rest)), rest);
    }
}

KERNEL void scale(float *row, float scale, size_t count) {
    vec s = vec_all(scale);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        vec_store(row + i, vec_mul(s, vec_load(row + i)));
    if (i < count)
        store_part(row + i, vec_mul(s, load_part(row + i, count - i)), count - i);
}

enum { AHEAD = 4, LINE = 16, BLOCK = 8 * TR_LANES };

/* BLOCK columns of a gather.  Rows lie anywhere in a large table, so those of
 * the entries to come are fetched early. */
INLINE void gather_block(float *sum, const float *table, size_t width, const tt_entry *entry,
                         size_t count) {
    vec s0 = vec_load(sum), s1 = vec_load(sum + 8), s2 = vec_load(sum + 16);
    vec s3 = vec_load(sum + 24), s4 = vec_load(sum + 32), s5 = vec_load(sum + 40);
    vec s6 = vec_load(sum + 48), s7 = vec_load(sum + 56);
    for (size_t e = 0; e < count; e++) {
        const float *row = table + entry[e].row * width;
        vec weight = vec_all(entry[e].weight);
        if (count - e > AHEAD)
            for (int i = 0; i < BLOCK; i += LINE)
                __builtin_prefetch(table + entry[e + AHEAD].row * width + i);
        s0 = vec_fused(weight, vec_load(row), s0);
        s1 = vec_fused(weight, vec_load(row + 8), s1);
        s2 = vec_fused(weight, vec_load(row + 16), s2);
        s3 = vec_fused(weight, vec_load(row + 24), s3);
        s4 = vec_fused(weight, vec_load(row + 32), s4);
        s5 = vec_fused(weight, vec_load(row + 40), s5);
        s6 = vec_fused(weight, vec_load(row + 48), s6);
        s7 = vec_fused(weight, vec_load(row + 56), s7);
    }
    vec_store(sum, s0), vec_store(sum + 8, s1), vec_store(sum + 16, s2);
    vec_store(sum + 24, s3), vec_store(sum + 32, s4), vec_store(sum + 40, s5);
    vec_store(sum + 48, s6), vec_store(sum + 56, s7);
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

KERNEL float greatest(const float *row, size_t count) {
    vec most = vec_all(-__builtin_inff());
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES)
        most = vec_max(vec_load(row + i), most);
    float lane[TR_LANES];
    vec_store(lane, most);
    for (size_t j = 1; j < TR_LANES; j++)
        lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    for (; i < count; i++)
        lane[0] = row[i] > lane[0] ? row[i] : lane[0];
    return lane[0];
}

/* e^x to about 2e-7, x clamped to [-87, 88].  The polynomial is the one of
 * Cephes' expf (Stephen Moshier). */
INLINE vec exp_of(vec x) {
    x = vec_min(vec_all(88.0f), vec_max(vec_all(-87.0f), x));
    vec magic = vec_all(12582912.0f); /* adding it rounds to an integer */
    vec shifted = vec_fused(x, vec_all(1.44269504088896341f), magic);
    vec n = vec_sub(shifted, magic);
    vec r = vec_unfused(n, vec_all(0.693359375f), x);
    r = vec_unfused(n, vec_all(-2.12194440e-4f), r);
    vec p = vec_all(1.9875691500e-4f);
    p = vec_fused(p, r, vec_all(1.3981999507e-3f));
    p = vec_fused(p, r, vec_all(8.3334519073e-3f));
    p = vec_fused(p, r, vec_all(4.1665795894e-2f));
    p = vec_fused(p, r, vec_all(1.6666665459e-1f));
    p = vec_fused(p, r, vec_all(5.0000001201e-1f));
    p = vec_add(vec_fused(p, vec_mul(r, r), r), vec_all(1.0f));
    return vec_mul(p, vec_power(shifted));
}

KERNEL float exp_row(float *row, float scale, float less, size_t count) {
    vec s = vec_all(scale), l = vec_all(-less), sum = vec_all(0.0f);
    size_t i = 0;
    for (; count - i >= TR_LANES; i += TR_LANES) {
        vec e = exp_of(vec_fused(s, vec_load(row + i), l));
        vec_store(row + i, e);
        sum = vec_add(sum, e);
    }
    if (i < count) {
        store_part(row + i, exp_of(vec_fused(s, load_part(row + i, count - i), l)), count - i);
        sum = vec_add(sum, load_part(row + i, count - i));
    }
    return sum_lanes(sum);
}

/* sqrt(x) to about 2e-7 for x >= 0, by Newton's steps towards 1 / sqrt(x). */
INLINE vec root_of(vec x) {
    vec half = vec_mul(vec_all(0.5f), x), three_halves = vec_all(1.5f), y = vec_guess(x);
    for (int i = 0; i < 3; i++)
        y = vec_mul(y, vec_unfused(vec_mul(half, y), y, three_halves));
    return vec_mul(x, y);
}

INLINE void decay(vec *first, vec *second, vec g) {
    *first = vec_fused(vec_all(0.9f), *first, vec_mul(vec_all(0.1f), g));
    *second = vec_fused(vec_all(0.999f), *second, vec_mul(vec_all(0.001f), vec_mul(g, g)));
}

/* The moments take a gradient; the parameter after the step. */
INLINE vec stepped(const tr_adam *adam, vec parameter, vec *first, vec *second, vec g) {
    decay(first, second, g);
    vec root = root_of(vec_mul(*second, vec_all(adam->correction)));
    vec change = vec_div(vec_mul(vec_all(adam->rate), *first), vec_add(root, vec_all(1e-8f)));
    return vec_sub(parameter, change);
}

typedef struct moments {
    vec parameter, first, second, average;
} moments;

INLINE void adam_lanes(const tr_adam *adam, moments *of, vec g) {
    of->parameter = stepped(adam, of->parameter, &of->first, &of->second, g);
    vec taken = vec_mul(vec_all(1.0f - adam->ema), of->parameter);
    of->average = vec_fused(vec_all(adam->ema), of->average, taken);
}

INLINE moments load_moments(const float *parameter, const float *first, const float *second,
                            const float *average, size_t count) {
    if (count >= TR_LANES)
        return (moments){vec_load(parameter), vec_load(first), vec_load(second), vec_load(average)};
    return (moments){load_part(parameter, count), load_part(first, count), load_part(second, count),
                     load_part(average, count)};
}

INLINE void store_moments(const moments *of, float *parameter, float *first, float *second,
                          float *average, size_t count) {
    size_t some = count < TR_LANES ? count : TR_LANES;
    if (some == TR_LANES) {
        vec_store(parameter, of->parameter);
        vec_store(first, of->first);
        vec_store(second, of->second);
        vec_store(average, of->average);
        return;
    }
    store_part(parameter, of->parameter, some);
    store_part(first, of->first, some);
    store_part(second, of->second, some);
    store_part(average, of->average, some);
}

KERNEL void adam(const tr_adam *adam, float *parameter, const float *gradient, float *first,
                 float *second, float *average, size_t count) {
    for (size_t i = 0; i < count; i += TR_LANES) {
        size_t rest = count - i;
        moments of = load_moments(parameter + i, first + i, second + i, average + i, rest);
        adam_lanes(adam, &of,
                   rest < TR_LANES ? load_part(gradient + i, rest) : vec_load(gradient + i));
        store_moments(&of, parameter + i, first + i, second + i, average + i, rest);
    }
}

KERNEL void idle(const tr_adam *step, size_t steps, float *parameter, float *first, float *second,
                 float *average, size_t count) {
    for (size_t i = 0; i < count; i += TR_LANES) {
        size_t rest = count - i;
        moments of = load_moments(parameter + i, first + i, second + i, average + i, rest);
        for (size_t t = 0; t < steps; t++)
            adam_lanes(&step[t], &of, vec_all(0.0f));
        store_moments(&of, parameter + i, first + i, second + i, average + i, rest);
    }
}

/* SPDX-License-Identifier: MIT */
/* Adam, on rows at any place: each loop fetches the row that comes next. Included after
 * loops.h, as that is. */

/* sqrt(x) to about 2e-7 for x >= 0, by Newton's steps towards 1 / sqrt(x). */
INLINE vec sqrt_of(vec x) {
    vec half = vec_mul(vec_set1(0.5f), x), three_halves = vec_set1(1.5f), y = vec_rsqrt_estimate(x);
    for (int i = 0; i < 3; i++)
        y = vec_mul(y, vec_fnma(vec_mul(half, y), y, three_halves));
    return vec_mul(x, y);
}

INLINE void update_moments(vec *first, vec *second, vec g) {
    *first = vec_fma(vec_set1(0.9f), *first, vec_mul(vec_set1(0.1f), g));
    *second = vec_fma(vec_set1(0.999f), *second, vec_mul(vec_set1(0.001f), vec_mul(g, g)));
}

/* The moments take a gradient; the parameter after the step. */
INLINE vec adam_update(const tr_adam *adam, vec parameter, vec *first, vec *second, vec g) {
    update_moments(first, second, g);
    vec root = sqrt_of(vec_mul(*second, vec_set1(adam->correction)));
    vec change = vec_div(vec_mul(vec_set1(adam->rate), *first), vec_add(root, vec_set1(1e-8f)));
    return vec_sub(parameter, change);
}

INLINE vec ema_update(const tr_adam *adam, vec average, vec parameter) {
    return vec_fma(vec_set1(adam->ema), average, vec_mul(vec_set1(1.0f - adam->ema), parameter));
}

enum { UNROLL = 4, SPAN = UNROLL * LANES };

INLINE void prefetch_next(const tr_adam_row *row, size_t i, size_t count) {
    for (size_t end = i + count; i < end; i += LINE) {
        __builtin_prefetch(row->parameter + row->next + i, 1);
        __builtin_prefetch(row->first + row->next + i, 1);
        __builtin_prefetch(row->second + row->next + i, 1);
    }
}

/* The rest of a row that is no span, on copies with zeros behind. */
typedef struct adam_rest {
    float parameter[SPAN], first[SPAN], second[SPAN], average[SPAN], gradient[SPAN];
} adam_rest;

INLINE tr_adam_row load_rest(const tr_adam_row *row, size_t i, adam_rest *copy) {
    size_t bytes = (row->count - i) * sizeof(float);
    memset(copy, 0, sizeof *copy);
    memcpy(copy->parameter, row->parameter + i, bytes);
    memcpy(copy->first, row->first + i, bytes);
    memcpy(copy->second, row->second + i, bytes);
    if (row->average)
        memcpy(copy->average, row->average + i, bytes);
    return (tr_adam_row){
        copy->parameter, copy->first, copy->second, row->average ? copy->average : NULL, SPAN, 0};
}

INLINE void store_rest(const tr_adam_row *row, size_t i, const adam_rest *copy) {
    size_t bytes = (row->count - i) * sizeof(float);
    memcpy(row->parameter + i, copy->parameter, bytes);
    memcpy(row->first + i, copy->first, bytes);
    memcpy(row->second + i, copy->second, bytes);
    if (row->average)
        memcpy(row->average + i, copy->average, bytes);
}

INLINE void step_span(const tr_adam *adam, const tr_adam_row *row, size_t i,
                      const float *gradient) {
    for (size_t end = i + SPAN; i < end; i += LANES) {
        vec first = vec_load(row->first + i), second = vec_load(row->second + i);
        vec parameter = adam_update(adam, vec_load(row->parameter + i), &first, &second,
                                    vec_load(gradient + i));
        vec_store(row->parameter + i, parameter);
        vec_store(row->first + i, first);
        vec_store(row->second + i, second);
        if (row->average)
            vec_store(row->average + i, ema_update(adam, vec_load(row->average + i), parameter));
    }
}

KERNEL void adam(const tr_adam *adam, const tr_adam_row *row, const float *gradient) {
    size_t i = 0;
    for (; row->count - i >= SPAN; i += SPAN) {
        prefetch_next(row, i, SPAN);
        step_span(adam, row, i, gradient);
    }
    if (i == row->count)
        return;
    adam_rest copy;
    tr_adam_row last = load_rest(row, i, &copy);
    memcpy(copy.gradient, gradient + i, (row->count - i) * sizeof *gradient);
    step_span(adam, &last, 0, copy.gradient);
    store_rest(row, i, &copy);
}

/* The change shrinks from step to step, as m decays faster than sqrt(v): where
 * no parameter moves any more, zero will, and only the moments are left to do. */
INLINE void catch_up_span(const tr_adam *adam, size_t steps, const tr_adam_row *row, size_t i,
                          int averaged) {
    vec p[UNROLL], m[UNROLL], v[UNROLL], a[UNROLL], zero = vec_set1(0.0f);
    int moved = averaged;
    for (int k = 0; k < UNROLL; k++) {
        m[k] = vec_load(row->first + i + k * LANES);
        v[k] = vec_load(row->second + i + k * LANES);
        moved |= !vec_equal(m[k], zero) || !vec_equal(v[k], zero);
    }
    if (!moved)
        return; /* never active */
    for (int k = 0; k < UNROLL; k++) {
        p[k] = vec_load(row->parameter + i + k * LANES);
        a[k] = averaged ? vec_load(row->average + i + k * LANES) : zero;
    }
    size_t t = 0;
    for (; t < steps && moved; t++) {
        moved = averaged;
        for (int k = 0; k < UNROLL; k++) {
            vec next = adam_update(&adam[t], p[k], &m[k], &v[k], zero);
            moved |= !vec_equal(next, p[k]);
            p[k] = next;
            a[k] = averaged ? ema_update(&adam[t], a[k], next) : zero;
        }
    }
    for (; t < steps; t++)
        for (int k = 0; k < UNROLL; k++)
            update_moments(&m[k], &v[k], zero);
    for (int k = 0; k < UNROLL; k++) {
        vec_store(row->parameter + i + k * LANES, p[k]);
        vec_store(row->first + i + k * LANES, m[k]);
        vec_store(row->second + i + k * LANES, v[k]);
        if (averaged)
            vec_store(row->average + i + k * LANES, a[k]);
    }
}

INLINE void catch_up_row(const tr_adam *adam, size_t steps, const tr_adam_row *row, int averaged) {
    size_t i = 0;
    for (; row->count - i >= SPAN; i += SPAN) {
        prefetch_next(row, i, SPAN);
        catch_up_span(adam, steps, row, i, averaged);
    }
    if (i == row->count)
        return;
    adam_rest copy;
    tr_adam_row last = load_rest(row, i, &copy);
    catch_up_span(adam, steps, &last, 0, averaged);
    store_rest(row, i, &copy);
}

KERNEL void catch_up(const tr_adam *adam, size_t steps, const tr_adam_row *row) {
    if (row->average)
        catch_up_row(adam, steps, row, 1);
    else
        catch_up_row(adam, steps, row, 0);
}

/* SPDX-License-Identifier: MIT */
/* Adam, on rows at any place: each loop fetches the row that comes next. Included after
 * loops.h, as that is. */

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

INLINE vec followed(const tr_adam *adam, vec average, vec parameter) {
    return vec_fused(vec_all(adam->ema), average, vec_mul(vec_all(1.0f - adam->ema), parameter));
}

enum { ABREAST = 4, SPAN = ABREAST * LANES };

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

INLINE tr_adam_row rest_of(const tr_adam_row *row, size_t i, adam_rest *copy) {
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

INLINE void put_rest(const tr_adam_row *row, size_t i, const adam_rest *copy) {
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
        vec parameter =
            stepped(adam, vec_load(row->parameter + i), &first, &second, vec_load(gradient + i));
        vec_store(row->parameter + i, parameter);
        vec_store(row->first + i, first);
        vec_store(row->second + i, second);
        if (row->average)
            vec_store(row->average + i, followed(adam, vec_load(row->average + i), parameter));
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
    tr_adam_row last = rest_of(row, i, &copy);
    memcpy(copy.gradient, gradient + i, (row->count - i) * sizeof *gradient);
    step_span(adam, &last, 0, copy.gradient);
    put_rest(row, i, &copy);
}

/* The change shrinks from step to step, as m decays faster than sqrt(v): where
 * no parameter moves any more, none will, and only the moments are left to do. */
INLINE void idle_span(const tr_adam *adam, size_t steps, const tr_adam_row *row, size_t i,
                      int averaged) {
    vec p[ABREAST], m[ABREAST], v[ABREAST], a[ABREAST], none = vec_all(0.0f);
    int moved = averaged;
    for (int k = 0; k < ABREAST; k++) {
        m[k] = vec_load(row->first + i + k * LANES);
        v[k] = vec_load(row->second + i + k * LANES);
        moved |= !vec_same(m[k], none) || !vec_same(v[k], none);
    }
    if (!moved)
        return; /* never active */
    for (int k = 0; k < ABREAST; k++) {
        p[k] = vec_load(row->parameter + i + k * LANES);
        a[k] = averaged ? vec_load(row->average + i + k * LANES) : none;
    }
    size_t t = 0;
    for (; t < steps && moved; t++) {
        moved = averaged;
        for (int k = 0; k < ABREAST; k++) {
            vec next = stepped(&adam[t], p[k], &m[k], &v[k], none);
            moved |= !vec_same(next, p[k]);
            p[k] = next;
            a[k] = averaged ? followed(&adam[t], a[k], next) : none;
        }
    }
    for (; t < steps; t++)
        for (int k = 0; k < ABREAST; k++)
            decay(&m[k], &v[k], none);
    for (int k = 0; k < ABREAST; k++) {
        vec_store(row->parameter + i + k * LANES, p[k]);
        vec_store(row->first + i + k * LANES, m[k]);
        vec_store(row->second + i + k * LANES, v[k]);
        if (averaged)
            vec_store(row->average + i + k * LANES, a[k]);
    }
}

INLINE void idle_row(const tr_adam *adam, size_t steps, const tr_adam_row *row, int averaged) {
    size_t i = 0;
    for (; row->count - i >= SPAN; i += SPAN) {
        prefetch_next(row, i, SPAN);
        idle_span(adam, steps, row, i, averaged);
    }
    if (i == row->count)
        return;
    adam_rest copy;
    tr_adam_row last = rest_of(row, i, &copy);
    idle_span(adam, steps, &last, 0, averaged);
    put_rest(row, i, &copy);
}

KERNEL void idle(const tr_adam *adam, size_t steps, const tr_adam_row *row) {
    if (row->average)
        idle_row(adam, steps, row, 1);
    else
        idle_row(adam, steps, row, 0);
}

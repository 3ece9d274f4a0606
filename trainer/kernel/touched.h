/* SPDX-License-Identifier: MIT */
/*
 * Loops over the few rows of a large table that a step touches.  They lie at any
 * place, so that each loop fetches what comes after it; it is included after loops.h.
 */

/* ---- Sums of rows ------------------------------------------------------------------ */

enum { TOGETHER = 4 };

INLINE vec add_lanes(vec total, const float *const *row, const vec *weight, size_t rows, size_t i) {
    for (size_t r = 0; r < rows; r++)
        total = vec_fused(weight[r], vec_load(row[r] + i), total);
    return total;
}

/* to += w0 r0, then w1 r1, ... of `rows` rows, from 0 if they are the first: some whole
 * rows at a time, so that each row is one run of memory. */
INLINE void add_rows(float *to, const float *table, const tr_sum *sum, size_t e, size_t rows,
                     int first) {
    const float *row[TOGETHER], *ahead[TOGETHER];
    vec weight[TOGETHER], none = vec_all(0.0f);
    size_t i = 0, width = sum->width, last = sum->count + sum->more - 1;
    for (size_t r = 0; r < rows; r++) {
        size_t later = e + r + TOGETHER < last ? e + r + TOGETHER : last;
        row[r] = table + sum->entry[e + r].row * sum->stride;
        ahead[r] = table + sum->entry[later].row * sum->stride;
        weight[r] = vec_all(sum->entry[e + r].weight);
    }
    for (; width - i >= LINE; i += LINE) {
        for (size_t r = 0; r < rows; r++)
            __builtin_prefetch(ahead[r] + i);
        vec low = first ? none : vec_load(to + i),
            high = first ? none : vec_load(to + i + TR_LANES);
        vec_store(to + i, add_lanes(low, row, weight, rows, i));
        vec_store(to + i + TR_LANES, add_lanes(high, row, weight, rows, i + TR_LANES));
    }
    for (; i < width; i += TR_LANES) {
        size_t rest = width - i < TR_LANES ? width - i : TR_LANES;
        vec total = first ? none : load_part(to + i, rest);
        for (size_t r = 0; r < rows; r++)
            total = vec_fused(weight[r], load_part(row[r] + i, rest), total);
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
    if (sum->count < TOGETHER) {
        add_last(to, table, sum, 0, 1);
        return;
    }
    add_rows(to, table, sum, 0, TOGETHER, 1);
    size_t e = TOGETHER;
    for (; sum->count - e >= TOGETHER; e += TOGETHER)
        add_rows(to, table, sum, e, TOGETHER, 0);
    add_last(to, table, sum, e, 0);
}

/* ---- Adam -------------------------------------------------------------------------- */

INLINE void fetch_rows(const tr_adam_row *row, size_t i) {
    __builtin_prefetch(row->parameter + row->next + i, 1);
    __builtin_prefetch(row->first + row->next + i, 1);
    __builtin_prefetch(row->second + row->next + i, 1);
}

INLINE void step_lanes(const tr_adam *adam, const tr_adam_row *row, size_t i, vec g) {
    vec first = vec_load(row->first + i), second = vec_load(row->second + i);
    vec_store(row->parameter + i, stepped(adam, vec_load(row->parameter + i), &first, &second, g));
    vec_store(row->first + i, first);
    vec_store(row->second + i, second);
}

KERNEL void adam_row(const tr_adam *adam, const tr_adam_row *row, const float *gradient) {
    size_t i = 0;
    for (; row->count - i >= LINE; i += LINE) {
        fetch_rows(row, i);
        step_lanes(adam, row, i, vec_load(gradient + i));
        step_lanes(adam, row, i + TR_LANES, vec_load(gradient + i + TR_LANES));
    }
    for (; i < row->count; i += TR_LANES) {
        size_t rest = row->count - i < TR_LANES ? row->count - i : TR_LANES;
        vec first = load_part(row->first + i, rest), second = load_part(row->second + i, rest);
        vec parameter = stepped(adam, load_part(row->parameter + i, rest), &first, &second,
                                load_part(gradient + i, rest));
        store_part(row->parameter + i, parameter, rest);
        store_part(row->first + i, first, rest);
        store_part(row->second + i, second, rest);
    }
}

enum { ABREAST = 4, SPAN = ABREAST * TR_LANES };

/* The change shrinks from step to step, as m decays faster than sqrt(v): where
 * no parameter moves any more, none will, and only the moments are left to do. */
INLINE void idle_span(const tr_adam *adam, size_t steps, float *parameter, float *first,
                      float *second) {
    vec p[ABREAST], m[ABREAST], v[ABREAST], none = vec_all(0.0f);
    int moved = 0;
    for (int k = 0; k < ABREAST; k++) {
        m[k] = vec_load(first + k * TR_LANES);
        v[k] = vec_load(second + k * TR_LANES);
        moved |= !vec_same(m[k], none) || !vec_same(v[k], none);
    }
    if (!moved)
        return; /* never touched */
    for (int k = 0; k < ABREAST; k++)
        p[k] = vec_load(parameter + k * TR_LANES);
    size_t t = 0;
    for (; t < steps && moved; t++) {
        moved = 0;
        for (int k = 0; k < ABREAST; k++) {
            vec next = stepped(&adam[t], p[k], &m[k], &v[k], none);
            moved |= !vec_same(next, p[k]);
            p[k] = next;
        }
    }
    for (; t < steps; t++)
        for (int k = 0; k < ABREAST; k++)
            decay(&m[k], &v[k], none);
    for (int k = 0; k < ABREAST; k++) {
        vec_store(parameter + k * TR_LANES, p[k]);
        vec_store(first + k * TR_LANES, m[k]);
        vec_store(second + k * TR_LANES, v[k]);
    }
}

KERNEL void adam_idle(const tr_adam *adam, size_t steps, const tr_adam_row *row) {
    size_t i = 0;
    for (; row->count - i >= SPAN; i += SPAN) {
        fetch_rows(row, i);
        fetch_rows(row, i + LINE);
        idle_span(adam, steps, row->parameter + i, row->first + i, row->second + i);
    }
    if (i == row->count)
        return;
    float p[SPAN] = {0}, m[SPAN] = {0}, v[SPAN] = {0};
    size_t bytes = (row->count - i) * sizeof *p;
    memcpy(p, row->parameter + i, bytes);
    memcpy(m, row->first + i, bytes);
    memcpy(v, row->second + i, bytes);
    idle_span(adam, steps, p, m, v);
    memcpy(row->parameter + i, p, bytes);
    memcpy(row->first + i, m, bytes);
    memcpy(row->second + i, v, bytes);
}

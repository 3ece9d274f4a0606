/* SPDX-License-Identifier: MIT */
#include "teacher/ials.h"
#include "common/random.h"
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

enum { DIM = TR_TEACHER_DIM, SWEEPS = 12, SOLVE_STEPS = 6, ROWS = 16 /* of a part */, CHUNK = 64 };
static const float unobserved = 0.1f; /* the weight of all pairs */

/* One side's rows, solved while the other side stands still. */
typedef struct side {
    const tr_like_csr *likes;
    const float *other; /* [other rows][DIM] */
    float *row;         /* [rows][DIM] */
    const float *gram;  /* [DIM][DIM] unobserved * other' other */
    float l2, base;     /* row r's L2: l2 * (links of r + base) */
} side;

static const uint32_t *likes_of(const side *s, uint32_t r, uint32_t *count) {
    *count = s->likes->offset[r + 1] - s->likes->offset[r];
    return s->likes->column + s->likes->offset[r];
}

/* out = (gram + regulariser + sum over links v of v v') x. */
static void apply(const side *s, uint32_t r, const float *x, float *out) {
    uint32_t count;
    const uint32_t *liked = likes_of(s, r, &count);
    tt_entry entry[DIM > CHUNK ? DIM : CHUNK];
    float own = s->l2 * ((float)count + s->base);
    for (uint32_t d = 0; d < DIM; d++) {
        entry[d] = (tt_entry){d, x[d]};
        out[d] = own * x[d];
    }
    tr_gather(out, s->gram, DIM, entry, DIM);
    for (uint32_t begin = 0; begin < count; begin += CHUNK) {
        uint32_t chunk = count - begin < CHUNK ? count - begin : CHUNK;
        for (uint32_t i = 0; i < chunk; i++) {
            entry[i].row = liked[begin + i];
            entry[i].weight = tr_dot(s->other + (size_t)entry[i].row * DIM, x, DIM);
        }
        tr_gather(out, s->other, DIM, entry, chunk);
    }
}

/* sum += the linked rows. */
static void sum_liked(const side *s, uint32_t r, float *sum) {
    uint32_t count;
    const uint32_t *liked = likes_of(s, r, &count);
    tt_entry entry[CHUNK];
    for (uint32_t begin = 0; begin < count; begin += CHUNK) {
        uint32_t chunk = count - begin < CHUNK ? count - begin : CHUNK;
        for (uint32_t i = 0; i < chunk; i++)
            entry[i] = (tt_entry){liked[begin + i], 1.0f};
        tr_gather(sum, s->other, DIM, entry, chunk);
    }
}

/* Conjugate gradients from where the row stands. */
static void solve(const side *s, uint32_t r) {
    float *x = s->row + (size_t)r * DIM;
    float residual[DIM] = {0}, direction[DIM], product[DIM];
    if (s->likes->offset[r + 1] == s->likes->offset[r]) {
        memset(x, 0, DIM * sizeof *x);
        return;
    }
    sum_liked(s, r, residual);
    apply(s, r, x, product);
    tr_add_scaled(residual, product, -1.0f, DIM);
    memcpy(direction, residual, sizeof direction);
    float norm2 = tr_dot(residual, residual, DIM);
    for (int step = 0; step < SOLVE_STEPS && norm2 > 1e-20f; step++) {
        apply(s, r, direction, product);
        float length = norm2 / tr_dot(direction, product, DIM), before = norm2;
        tr_add_scaled(x, direction, length, DIM);
        tr_add_scaled(residual, product, -length, DIM);
        norm2 = tr_dot(residual, residual, DIM);
        tr_scale(direction, norm2 / before, DIM);
        tr_add_scaled(direction, residual, 1.0f, DIM);
    }
}

static void solve_part(void *context, uint32_t part) {
    const side *s = context;
    uint32_t begin = part * ROWS, rest = s->likes->rows - begin;
    for (uint32_t r = begin; r < begin + (rest < ROWS ? rest : ROWS); r++)
        solve(s, r);
}

static void solve_side(tr_pool *pool, side *s, uint32_t others, float *gram) {
    tr_matmul(pool, gram, DIM, tr_transposed(s->other, DIM), tr_rows_of(s->other, DIM), DIM, DIM,
              others, 0);
    tr_scale(gram, unobserved, DIM * DIM);
    s->gram = gram;
    s->base = unobserved * (float)others;
    tr_pool_run(pool, solve_part, s, (s->likes->rows + ROWS - 1) / ROWS);
}

/* Normal numbers by Box and Muller, of deviation 0.1 / sqrt(DIM). */
static void fill(float *row, size_t count, uint64_t seed, uint64_t which) {
    uint64_t key = tr_random_key(seed, which, TR_DRAW_TEACHER);
    double deviation = 0.1 / tr_sqrt(DIM);
    for (size_t i = 0; i < count; i++) {
        double u = (double)(tr_random(key, 2 * i) >> 11) * 0x1p-53 + 0x1p-54;
        double t = (double)(tr_random(key, 2 * i + 1) >> 11) * 0x1p-53;
        row[i] = (float)(deviation * tr_sqrt(-2.0 * tr_log(u)) * tr_cos_pi(t));
    }
}

static tr_status run_sweeps(tr_teacher *teacher, tr_pool *pool, const tr_likes *likes,
                            const tr_ials_options *options, float *gram) {
    uint32_t users = likes->user.rows, items = likes->item.rows;
    float l2 = (float)options->l2;
    side of_users = {&likes->user, teacher->item, teacher->user, NULL, l2, 0.0f};
    side of_items = {&likes->item, teacher->user, teacher->item, NULL, l2, 0.0f};
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        solve_side(pool, &of_users, items, gram);
        solve_side(pool, &of_items, users, gram);
        if (options->stop(options->context))
            return TR_STOPPED;
    }
    return TR_OK;
}

tr_status tr_ials(tr_teacher *teacher, tr_pool *pool, const tr_likes *likes,
                  const tr_ials_options *options) {
    size_t users = likes->user.rows, items = likes->item.rows;
    teacher->user = malloc((users + 1) * DIM * sizeof *teacher->user);
    teacher->item = malloc((items + 1) * DIM * sizeof *teacher->item);
    float *gram = malloc(sizeof *gram * DIM * DIM);
    tr_status status = TR_NO_MEMORY;
    if (teacher->user && teacher->item && gram) {
        fill(teacher->user, users * DIM, options->seed, 0);
        fill(teacher->item, items * DIM, options->seed, 1);
        status = run_sweeps(teacher, pool, likes, options, gram);
    }
    free(gram);
    if (status != TR_OK)
        tr_teacher_free(teacher);
    return status;
}

void tr_teacher_free(tr_teacher *teacher) {
    free(teacher->user);
    free(teacher->item);
    memset(teacher, 0, sizeof *teacher);
}

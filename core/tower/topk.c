/* SPDX-License-Identifier: MIT */
/* Exact top-K: a heap of the best so far, its worst at the root, in the caller's
 * array; sorted at the end. */
#include "codec/guard.h"
#include "config.h"
#include "feature/feature.h"
#include "kernel/kernel.h"

enum {
    TOPK_CHUNK = 256,            /* rows scored in one call, most */
    TOPK_STEP = 64,              /* scores looked at together */
    TOPK_TILE = 4096,            /* floats of widened rows: half of a first-level cache */
    TOPK_MOST_ESTIMATED = 65536, /* dimensions for which the bound of errors holds */
    TOPK_LINE = 64,              /* bytes of a cache line */
    TOPK_SHARED = 4              /* from so many queries on, they share widened rows */
};

/* Whether a ranks before b.  Scores are finite; -0 and +0 are equal. */
static int topk_before(const tt_hit *a, const tt_hit *b) {
    return a->score > b->score || (a->score == b->score && a->index < b->index);
}

/* Moves the hit at the root down to its place. */
static void topk_sink(tt_hit *heap, size_t count) {
    tt_hit moved = heap[0];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && topk_before(&heap[child], &heap[child + 1]))
            child++;
        if (!topk_before(&moved, &heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static void topk_rise(tt_hit *heap, size_t at) {
    tt_hit moved = heap[at];
    for (size_t parent; at > 0; at = parent) {
        parent = (at - 1) / 2;
        if (!topk_before(&heap[parent], &moved))
            break;
        heap[at] = heap[parent];
    }
    heap[at] = moved;
}

/* The worst goes to the end, again and again: the best stands first. */
static void topk_sort(tt_hit *heap, size_t count) {
    for (size_t end = count; end > 1; end--) {
        tt_hit worst = heap[0];
        heap[0] = heap[end - 1];
        topk_sink(heap, end - 1);
        heap[end - 1] = worst;
    }
}

static const uint8_t *topk_row(const tt_rows *rows, size_t index) {
    size_t element = rows->type == TT_F16 ? 2 : 4;
    return (const uint8_t *)rows->data + index * rows->dim * element;
}

/* A score that is finite, among the best so far and not excluded is put into the heap. */
static void topk_offer(tt_query *query, tt_hit hit) {
    if (query->held == query->k && !topk_before(&hit, &query->hits[0]))
        return;
    while (query->_next < query->excluded_count && query->excluded[query->_next] < hit.index)
        query->_next++;
    if (!tt_finite(hit.score) ||
        (query->_next < query->excluded_count && query->excluded[query->_next] == hit.index))
        return;
    if (query->held < query->k) {
        query->hits[query->held] = hit;
        topk_rise(query->hits, query->held++);
    } else {
        query->hits[0] = hit;
        topk_sink(query->hits, query->k);
    }
}

static int topk_any_above(const float *score, size_t n, float worst) {
    int above = 0;
    for (size_t i = 0; i < n; i++)
        above |= score[i] > worst;
    return above;
}

/* The scores of rows start .. start + n - 1.  Soon hardly one is above the worst
 * of the heap; an equal one has a larger index and loses. */
static void topk_take(tt_query *query, size_t start, const float *score, size_t n) {
    for (size_t at = 0; at < n; at += TOPK_STEP) {
        size_t end = n - at < TOPK_STEP ? n : at + TOPK_STEP;
        if (query->held == query->k && !topk_any_above(score + at, end - at, query->hits[0].score))
            continue;
        for (size_t i = at; i < end; i++)
            topk_offer(query, (tt_hit){(uint32_t)(start + i), score[i]});
    }
}

/* The scores of the n rows from `start` on, of rows that are read in one go. */
static void topk_dots(const tt_kernels *kernels, const tt_rows *rows, const float *query,
                      size_t start, size_t n, float *score) {
    const uint8_t *data = topk_row(rows, start);
    if (!TT_IS_SMALL && kernels->dots_far != NULL)
        kernels->dots_far(score, data, rows->type, n, query, rows->dim,
                          (size_t)(topk_row(rows, rows->count) - data));
    else
        kernels->dots(score, data, rows->type, n, query, rows->dim);
}

static TT_NOINLINE void topk_scan(const tt_kernels *kernels, const tt_rows *rows, tt_query *query) {
    float score[TOPK_CHUNK];
    for (size_t start = 0; start < rows->count; start += TOPK_CHUNK) {
        size_t n = rows->count - start < TOPK_CHUNK ? rows->count - start : TOPK_CHUNK;
        topk_dots(kernels, rows, query->vector, start, n, score);
        topk_take(query, start, score, n);
    }
}

/* Rows that are widened together: a whole number of eights. */
static size_t topk_tile(const tt_rows *rows) {
    size_t n = (TOPK_TILE / rows->dim) / 8 * 8;
    return n < 8 ? 8 : n < TOPK_CHUNK ? n : TOPK_CHUNK;
}

/* The norm, or 0 where it is too small or too large to bound errors by. */
static float topk_norm(const tt_kernels *kernels, const float *x, size_t n) {
    float squares = kernels->squares(x, n);
    return squares > 1e-30f && squares < 1e36f ? tt_sqrt(squares) : 0.0f;
}

/* How far an estimate and the score of any row of a tile may lie apart, or 0 where
 * that is not known. */
static float topk_slack(const tt_kernels *kernels, const tt_rows *rows, const float *tile,
                        size_t n) {
    float most = 0.0f;
    if (kernels->estimate == NULL || rows->dim > TOPK_MOST_ESTIMATED)
        return 0.0f;
    for (size_t r = 0; r < n; r++) {
        float squares = kernels->squares(tile + r * rows->dim, rows->dim);
        if (!tt_finite(squares))
            return 0.0f;
        most = squares > most ? squares : most;
    }
    if (!(most > 1e-30f && most < 1e36f))
        return 0.0f;
    return tt_sqrt(most) * (float)(rows->dim / 8 + 8) * 1.25e-7f; /* 2.1 * 2^-24 */
}

/* Scores the rows of a tile for one query.  Once the heap is full they are estimated
 * first, and only where an estimate comes near the worst of the heap is the score itself needed. */
static void topk_tile_scores(const tt_kernels *kernels, const tt_rows *rows, tt_query *query,
                             size_t start, const uint8_t *tile, size_t n, float slack) {
    float score[TOPK_CHUNK];
    float apart = slack * query->_norm;
    if (query->held == query->k && apart > 0.0f) {
        kernels->estimate(score, tile, n, query->vector, rows->dim);
        if (!topk_any_above(score, n, query->hits[0].score - apart))
            return;
    }
    kernels->dots(score, tile, TT_F32, n, query->vector, rows->dim);
    topk_take(query, start, score, n);
}

static TT_NOINLINE void topk_scan_shared(const tt_kernels *kernels, const tt_rows *rows,
                                         tt_query *queries, size_t count, uint8_t *tile) {
    const size_t step = topk_tile(rows);
    for (size_t q = 0; q < count; q++)
        queries[q]._norm = topk_norm(kernels, queries[q].vector, rows->dim);
    for (size_t start = 0; start < rows->count; start += step) {
        size_t n = rows->count - start < step ? rows->count - start : step;
        const uint8_t *data = topk_row(rows, start);
        float slack = 0.0f;
        if (rows->type == TT_F16) {
            kernels->widen(tile, data, n * rows->dim);
            slack = topk_slack(kernels, rows, (const float *)(const void *)tile, n);
            data = tile;
        }
        for (size_t q = 0; q < count; q++)
            topk_tile_scores(kernels, rows, &queries[q], start, data, n, slack);
    }
}

/* Rows as twotower.h says, whose data is there. */
#define TOPK_REQUIRE_ROWS(rows) \
    TT_REQUIRE((rows)->type == TT_F16 || (rows)->type == TT_F32); \
    TT_REQUIRE((rows)->dim > 0 && (rows)->count <= UINT32_MAX); \
    TT_REQUIRE((rows)->data != NULL || (rows)->count == 0)

size_t tt_topk_batch_size(const tt_rows *rows) {
    uint64_t size = (uint64_t)topk_tile(rows) * rows->dim * sizeof(float) + TOPK_LINE;
    return size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

void tt_topk_batch(const tt_kernels *kernels, const tt_rows *rows, tt_query *queries, size_t count,
                   void *scratch) {
    TOPK_REQUIRE_ROWS(rows);
    TT_REQUIRE(kernels != NULL && (queries != NULL || count == 0) && scratch != NULL);
    uint8_t *tile = (uint8_t *)scratch + tt_to_align(scratch, TOPK_LINE);
    uint64_t mode = tt_guard_enter();
    size_t asked = 0;
    for (size_t q = 0; q < count; q++) {
        queries[q].held = queries[q]._next = 0;
        asked += queries[q].k > 0;
    }
    if (asked == count && count >= TOPK_SHARED)
        topk_scan_shared(kernels, rows, queries, count, tile);
    else
        for (size_t q = 0; q < count; q++)
            if (queries[q].k > 0)
                topk_scan(kernels, rows, &queries[q]);
    for (size_t q = 0; q < count; q++)
        topk_sort(queries[q].hits, queries[q].held);
    tt_guard_leave(mode);
}

size_t tt_topk(const tt_kernels *kernels, const tt_rows *rows, const float *query,
               const uint32_t *excluded, size_t excluded_count, tt_hit *hits, size_t k) {
    TOPK_REQUIRE_ROWS(rows);
    TT_REQUIRE(kernels != NULL && query != NULL && (hits != NULL || k == 0));
    TT_REQUIRE(excluded != NULL || excluded_count == 0);
    tt_query one = {query, excluded, excluded_count, hits, k, 0, 0, 0.0f};
    uint64_t mode = tt_guard_enter();
    if (k > 0)
        topk_scan(kernels, rows, &one);
    topk_sort(hits, one.held);
    tt_guard_leave(mode);
    return one.held;
}

float tt_dot(const tt_kernels *kernels, const tt_rows *rows, const float *query, size_t index) {
    TOPK_REQUIRE_ROWS(rows);
    TT_REQUIRE(kernels != NULL && query != NULL && index < rows->count);
    float score;
    uint64_t mode = tt_guard_enter();
    kernels->dots(&score, topk_row(rows, index), rows->type, 1, query, rows->dim);
    tt_guard_leave(mode);
    return score;
}

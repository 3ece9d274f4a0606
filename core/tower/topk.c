/* SPDX-License-Identifier: MIT */
/* Exact top-K: a heap of the best so far, its worst at the root, in the caller's
 * array; sorted at the end. */
#include "config.h"
#include "feature/feature.h"
#include "kernel/kernel.h"
#include "tower/guard.h"

enum { TOPK_CHUNK = 64 }; /* rows scored in one call */

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

static TT_NOINLINE size_t topk_scan(const tt_kernels *kernels, const tt_rows *rows,
                                    const float *query, const uint32_t *excluded,
                                    size_t excluded_count, tt_hit *hits, size_t k) {
    float score[TOPK_CHUNK];
    size_t held = 0, next = 0;
    for (size_t start = 0; start < rows->count; start += TOPK_CHUNK) {
        size_t n = rows->count - start < TOPK_CHUNK ? rows->count - start : TOPK_CHUNK;
        kernels->dots(score, topk_row(rows, start), rows->type, n, query, rows->dim);
        for (size_t i = 0; i < n; i++) {
            tt_hit hit = {(uint32_t)(start + i), score[i]};
            while (next < excluded_count && excluded[next] < hit.index)
                next++;
            if ((next < excluded_count && excluded[next] == hit.index) || !tt_finite(hit.score))
                continue;
            if (held < k) {
                hits[held] = hit;
                topk_rise(hits, held++);
            } else if (topk_before(&hit, &hits[0])) {
                hits[0] = hit;
                topk_sink(hits, k);
            }
        }
    }
    topk_sort(hits, held);
    return held;
}

size_t tt_topk(const tt_kernels *kernels, const tt_rows *rows, const float *query,
               const uint32_t *excluded, size_t excluded_count, tt_hit *hits, size_t k) {
    if (k == 0)
        return 0;
    uint64_t mode = tt_guard_enter();
    size_t held = topk_scan(kernels, rows, query, excluded, excluded_count, hits, k);
    tt_guard_leave(mode);
    return held;
}

float tt_dot(const tt_kernels *kernels, const tt_rows *rows, const float *query, size_t index) {
    float score;
    uint64_t mode = tt_guard_enter();
    kernels->dots(&score, topk_row(rows, index), rows->type, 1, query, rows->dim);
    tt_guard_leave(mode);
    return score;
}

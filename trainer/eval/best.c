/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <float.h>
#include <math.h> /* INFINITY only */

void tr_best_begin(tr_best *best, tt_hit *hit, uint32_t k) {
    best->hit = hit;
    best->count = 0;
    best->k = k;
    best->floor = k ? -INFINITY : INFINITY;
}

static int worse(tt_hit a, tt_hit b) {
    return a.score < b.score || (a.score == b.score && a.index > b.index);
}

/* Puts `hit` at the root of the heap or below it. */
static void sink(tt_hit *heap, uint32_t count, tt_hit hit) {
    uint32_t at = 0;
    for (uint32_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && worse(heap[child + 1], heap[child]))
            child++;
        if (!worse(heap[child], hit))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = hit;
}

static void add(tr_best *best, tt_hit hit) {
    if (best->count == best->k) {
        sink(best->hit, best->count, hit);
        return;
    }
    uint32_t at = best->count++;
    for (; at && worse(hit, best->hit[(at - 1) / 2]); at = (at - 1) / 2)
        best->hit[at] = best->hit[(at - 1) / 2];
    best->hit[at] = hit;
}

void tr_best_offer(tr_best *best, uint32_t first, const float *score, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!(score[i] > best->floor && score[i] <= FLT_MAX))
            continue;
        add(best, (tt_hit){first + (uint32_t)i, score[i]});
        if (best->count == best->k)
            best->floor = best->hit[0].score;
    }
}

uint32_t tr_best_end(tr_best *best, uint32_t *rows) {
    uint32_t count = best->count;
    for (uint32_t left = count; left > 0; left--) {
        rows[left - 1] = best->hit[0].index;
        sink(best->hit, left - 1, best->hit[left - 1]);
    }
    best->count = 0;
    return count;
}

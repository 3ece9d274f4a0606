/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <math.h> /* NAN only */
#include <stdlib.h>

/* x = 2^n m with m in [sqrt(1/2), sqrt(2)), and log(m) = 2 artanh((m - 1) / (m + 1)),
 * whose series ends at t^23 < 1e-17. */
double tr_log2(double x) {
    const double root = 1.4142135623730951, to_bits = 1.4426950408889634;
    double whole = 0;
    for (; x >= root; x *= 0.5)
        whole += 1;
    for (; x < root / 2; x *= 2)
        whole -= 1;
    double t = (x - 1) / (x + 1), sum = 0;
    for (int n = 21; n > 0; n -= 2)
        sum = sum * (t * t) + 1.0 / n;
    return whole + 2 * to_bits * t * sum;
}

static int contains(const uint32_t *ascending, uint32_t count, uint32_t wanted) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ascending[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ascending[low] == wanted;
}

void tr_list_metrics(double value[TR_AT_K], const uint32_t *rows, uint32_t count,
                     const uint32_t *relevant, uint32_t relevant_count, uint32_t k,
                     const double *discount) {
    uint32_t hits = 0, most = relevant_count < k ? relevant_count : k;
    double precisions = 0, gain = 0, ideal = 0, first = 0;
    for (uint32_t rank = 0; rank < count && rank < k; rank++) {
        if (!contains(relevant, relevant_count, rows[rank]))
            continue;
        hits++;
        precisions += (double)hits / (rank + 1.0);
        gain += discount[rank];
        if (hits == 1)
            first = 1 / (rank + 1.0);
    }
    for (uint32_t rank = 0; rank < most; rank++)
        ideal += discount[rank];
    value[TR_RECALL] = (double)hits / relevant_count;
    value[TR_RECALL_CAPPED] = (double)hits / most;
    value[TR_MAP] = precisions / most;
    value[TR_NDCG] = gain / ideal;
    value[TR_PRECISION] = (double)hits / k;
    value[TR_HIT_RATE] = hits > 0;
    value[TR_MRR] = first;
}

static int by_count(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* With x ascending: 2 sum(i x_i) / (n sum(x)) - (n + 1) / n, i from 1. */
static double gini(uint32_t *times, uint32_t items, uint64_t all) {
    uint64_t weighted = 0;
    qsort(times, items, sizeof *times, by_count);
    for (uint32_t i = 0; i < items; i++)
        weighted += (uint64_t)(i + 1) * times[i];
    return 2.0 * (double)weighted / ((double)items * (double)all) - (items + 1.0) / items;
}

tr_status tr_list_spread(tr_ranking *ranking, const tr_ranking_input *input, const uint32_t *rows,
                         const uint32_t *length, uint32_t users) {
    uint32_t *times = calloc((size_t)input->items + 1, sizeof *times), different = 0;
    uint64_t all = 0, likes = input->items;
    double information = 0;
    if (!times)
        return TR_NO_MEMORY;
    for (uint32_t user = 0; user < users; user++)
        for (uint32_t rank = 0; rank < length[user]; rank++, all++)
            times[rows[(size_t)user * input->k + rank]]++;
    for (uint32_t item = 0; item < input->items && input->item_likes; item++)
        likes += input->item_likes[item];
    double most = tr_log2((double)likes);
    for (uint32_t item = 0; item < input->items; item++)
        if (times[item]) {
            different++;
            uint32_t liked = input->item_likes ? input->item_likes[item] : 0;
            information += times[item] * (most - tr_log2(liked + 1.0));
        }
    ranking->coverage = all ? (double)different / input->items : NAN;
    ranking->novelty = all ? information / (double)all : NAN;
    ranking->gini = all ? gini(times, input->items, all) : NAN;
    free(times);
    return TR_OK;
}

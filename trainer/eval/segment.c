/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <math.h> /* NAN only */
#include <stdlib.h>

typedef struct segment_work {
    const tr_ranking *ranking;
    const tr_ranking_input *input;
    const unsigned char *items;
    uint32_t *relevant; /* of one user */
    double *discount;   /* [k] */
    double *value;      /* [counted][TR_AT_K] */
} segment_work;

static tr_status work_make(segment_work *w, const tr_ranking *ranking,
                           const tr_ranking_input *input) {
    uint32_t most = 0;
    *w = (segment_work){.ranking = ranking, .input = input};
    for (uint32_t at = 0; at < ranking->users; at++) {
        const uint32_t *offset = input->relevant.offset + ranking->counted[at];
        most = offset[1] - offset[0] > most ? offset[1] - offset[0] : most;
    }
    w->relevant = malloc(((size_t)most + 1) * sizeof *w->relevant);
    w->discount = malloc(((size_t)input->k + 1) * sizeof *w->discount);
    w->value = malloc(((size_t)ranking->users * TR_AT_K + 1) * sizeof *w->value);
    for (uint32_t rank = 0; w->discount && rank < input->k; rank++)
        w->discount[rank] = 1 / tr_log2(rank + 2.0);
    return w->relevant && w->discount && w->value ? TR_OK : TR_NO_MEMORY;
}

static void work_free(segment_work *w) {
    free(w->relevant);
    free(w->discount);
    free(w->value);
}

/* Returns how many relevant items of counted user `at` are in the segment. */
static uint32_t judge_user(const segment_work *w, uint32_t at, double *value) {
    const tr_ranking_input *in = w->input;
    uint32_t user = w->ranking->counted[at], count = 0;
    for (uint32_t i = in->relevant.offset[user]; i < in->relevant.offset[user + 1]; i++)
        if (!w->items || w->items[in->relevant.item[i]])
            w->relevant[count++] = in->relevant.item[i];
    if (count)
        tr_list_metrics(value, w->ranking->top + (size_t)at * in->k, w->ranking->top_length[at],
                        w->relevant, count, in->k, w->discount);
    return count;
}

static tr_status take_intervals(tr_segment *segment, const segment_work *w) {
    tr_pool *pool = tr_pool_create(w->input->threads);
    if (!pool)
        return TR_NO_THREADS;
    tr_status status =
        tr_bootstrap(pool, w->value, TR_AT_K, segment->users, segment->low, segment->high);
    tr_pool_free(pool);
    return status;
}

tr_status tr_rank_segment(tr_segment *segment, const tr_ranking *ranking,
                          const tr_ranking_input *input, const unsigned char *users,
                          const unsigned char *items) {
    tr_segment made = {.users = 0};
    segment_work w;
    tr_status status = work_make(&w, ranking, input);
    double sum[TR_AT_K] = {0};
    w.items = items;
    for (uint32_t at = 0; status == TR_OK && at < ranking->users; at++) {
        double *value = w.value + (size_t)made.users * TR_AT_K;
        uint32_t pairs = !users || users[ranking->counted[at]] ? judge_user(&w, at, value) : 0;
        for (int m = 0; pairs && m < TR_AT_K; m++)
            sum[m] += value[m];
        made.pairs += pairs;
        made.users += pairs > 0;
    }
    for (int m = 0; m < TR_AT_K; m++) {
        made.at_k[m] = made.users ? sum[m] / made.users : NAN;
        made.low[m] = made.high[m] = NAN;
    }
    if (status == TR_OK && made.users)
        status = take_intervals(&made, &w);
    work_free(&w);
    if (status == TR_OK)
        *segment = made;
    return status;
}

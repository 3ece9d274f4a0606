/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <math.h> /* NAN only */
#include <stdlib.h>

static double drop_of(double before, double after) {
    return before > 0 ? 1 - after / before : 0;
}

/* Takes draws of the means [2][TR_DRAWS], before and after, and uses them up. */
static void take_draws(tr_change *change, double *draws) {
    double *difference = draws, *drop = draws + TR_DRAWS;
    for (int n = 0; n < TR_DRAWS; n++) {
        double before = draws[n], after = draws[TR_DRAWS + n];
        difference[n] = after - before;
        drop[n] = drop_of(before, after);
    }
    tr_draws_sort(difference);
    tr_draws_sort(drop);
    change->low = tr_percentile(difference, 0.025);
    change->high = tr_percentile(difference, 0.975);
    change->drop_low = tr_percentile(drop, 0.05);
}

/* Pairs [n][2] of those that have both; returns n. */
static uint32_t take_pairs(double *value, const float *before, const float *after, uint32_t users) {
    uint32_t count = 0;
    for (uint32_t user = 0; user < users; user++)
        if (before[user] == before[user] && after[user] == after[user]) {
            value[2 * (size_t)count] = (double)before[user];
            value[2 * (size_t)count + 1] = (double)after[user];
            count++;
        }
    return count;
}

static void take_means(tr_change *change, const double *value) {
    double before = 0, after = 0;
    for (size_t at = 0; at < change->users; at++) {
        before += value[2 * at];
        after += value[2 * at + 1];
    }
    change->before = before / change->users;
    change->after = after / change->users;
    change->difference = change->after - change->before;
    change->drop = drop_of(change->before, change->after);
}

tr_status tr_compare(tr_change *change, const float *before, const float *after, uint32_t users,
                     uint32_t threads) {
    *change = (tr_change){0, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    tr_pool *pool = tr_pool_create(threads);
    double *value = malloc((2 * (size_t)users + 1) * sizeof *value);
    double *draws = malloc(sizeof *draws * 2 * TR_DRAWS);
    tr_status status = !pool ? TR_NO_THREADS : value && draws ? TR_OK : TR_NO_MEMORY;
    if (status == TR_OK)
        change->users = take_pairs(value, before, after, users);
    if (status == TR_OK && change->users) {
        take_means(change, value);
        tr_draw_means(pool, draws, value, 2, 2, change->users);
        take_draws(change, draws);
    }
    free(value);
    free(draws);
    tr_pool_free(pool);
    return status;
}

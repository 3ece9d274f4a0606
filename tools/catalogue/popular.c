/* SPDX-License-Identifier: MIT */
#include "catalogue/popular.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static const double half_life = 180.0 * 86400.0; /* seconds */

/* 1 when new, half with every half-life, in between on straight lines. */
static double freshness(double age) {
    double weight = 1.0;
    for (; age >= half_life && weight > 1e-6; age -= half_life)
        weight *= 0.5;
    return age < half_life ? weight * (1.0 - 0.5 * age / half_life) : 0.0;
}

typedef struct ranked {
    double score;
    tt_text released_at;
    uint32_t item;
} ranked;

static int best_first(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    size_t len = x->released_at.len < y->released_at.len ? x->released_at.len : y->released_at.len;
    int newer = len ? memcmp(x->released_at.at, y->released_at.at, len) : 0;
    if (newer)
        return newer > 0 ? -1 : 1;
    if (x->released_at.len != y->released_at.len)
        return x->released_at.len > y->released_at.len ? -1 : 1;
    return x->item < y->item ? -1 : 1;
}

void popular_order(uint32_t *order, double *score, const item_table *items,
                   const interaction_list *from) {
    ranked *all = xcalloc((size_t)items->count + 1, sizeof *all);
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < from->count; i++)
        newest = from->row[i].at > newest ? from->row[i].at : newest;
    for (size_t i = 0; i < from->count; i++) {
        const interaction *row = &from->row[i];
        if (row->label != TT_LIKED)
            continue;
        double age = row->at == INT64_MIN ? 0 : (double)newest - (double)row->at;
        all[row->item].score += freshness(age);
    }
    for (uint32_t i = 0; i < items->count; i++) {
        score[i] = all[i].score;
        all[i].released_at = items->item[i].released_at;
        all[i].item = i;
    }
    qsort(all, items->count, sizeof *all, best_first);
    for (uint32_t i = 0; i < items->count; i++)
        order[i] = all[i].item;
    free(all);
}

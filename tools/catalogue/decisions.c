/* SPDX-License-Identifier: MIT */
#include "catalogue/decisions.h"

#include <math.h>

typedef struct reading {
    observed *all;
    const item_table *items;
    int64_t as_of;
} reading;

static int observe(void *context, const decision *row) {
    const reading *to = context;
    const interaction one = {.taste = row->type == DECISION_LIKE ? TT_LIKED : TT_DISLIKED,
                             .stars = NAN,
                             .weight = 1,
                             .at = row->at};
    to->all->read++;
    if (row->type == DECISION_SKIP)
        to->all->skipped++;
    else if (row->at <= to->as_of)
        observe_add(to->all, to->items, row->user_id, row->video_id, &one, 1);
    return 0;
}

int observe_store(observed *all, store *from, const item_table *items, int64_t as_of) {
    reading to = {all, items, as_of};
    return from->operations->decisions(from, observe, &to);
}

static int know_since(void *context, const profile *row) {
    const observed *all = context;
    uint32_t user;
    if (observe_user(all, row->user_id, &user) &&
        (all->since[user] == INT64_MIN || row->since < all->since[user]))
        all->since[user] = row->since;
    return 0;
}

int observe_profiles(observed *all, store *from) {
    return from->operations->profiles(from, know_since, all);
}

int observe_decisions(observed *all, store *from, const item_table *items, int64_t as_of) {
    observe_start(all, items);
    int status = observe_store(all, from, items, as_of);
    if (!status)
        status = observe_profiles(all, from);
    if (!status)
        observe_finish(all);
    return status;
}

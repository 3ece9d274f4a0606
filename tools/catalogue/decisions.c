/* SPDX-License-Identifier: MIT */
#include "catalogue/decisions.h"

#include <math.h>

typedef struct reading {
    interaction_set *all;
    const item_table *items;
    int64_t as_of;
} reading;

static int add_decision(void *context, const decision *row) {
    const reading *to = context;
    const interaction one = {.label = row->type == DECISION_LIKE ? TT_LIKED : TT_DISLIKED,
                             .stars = NAN,
                             .weight = 1,
                             .at = row->at};
    to->all->read++;
    if (row->type == DECISION_SKIP)
        to->all->skipped++;
    else if (row->at <= to->as_of)
        interaction_set_add(to->all, to->items, row->user_id, row->video_id, &one, 1);
    return 0;
}

int interaction_set_read_store(interaction_set *all, store *from, const item_table *items,
                               int64_t as_of) {
    reading to = {all, items, as_of};
    return from->operations->decisions(from, add_decision, &to);
}

static int know_since(void *context, const profile *row) {
    const interaction_set *all = context;
    uint32_t user;
    if (interaction_set_user(all, row->user_id, &user) &&
        (all->since[user] == INT64_MIN || row->since < all->since[user]))
        all->since[user] = row->since;
    return 0;
}

int interaction_set_read_profiles(interaction_set *all, store *from) {
    return from->operations->profiles(from, know_since, all);
}

int interaction_set_read_decisions(interaction_set *all, store *from, const item_table *items,
                                   int64_t as_of) {
    interaction_set_begin(all, items);
    int status = interaction_set_read_store(all, from, items, as_of);
    if (!status)
        status = interaction_set_read_profiles(all, from);
    if (!status)
        interaction_set_finish(all);
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Items that are held out whole, to see how a model ranks what nobody has rated. */
#ifndef TOOLS_TRAINING_COLD_H
#define TOOLS_TRAINING_COLD_H

#include "training/split.h"

typedef struct cold_items {
    unsigned char *mask;   /* [items] 1: held out; NULL: none is asked for */
    interaction_list rows; /* every interaction on them */
    uint32_t count;
    uint64_t unknown; /* ids of the file that the catalogue does not have */
} cold_items;

/* An item is held out where the hash of its id under `seed` falls below `ratio`:
 * the same items in every catalogue. */
void cold_by_hash(cold_items *cold, const item_table *items, double ratio, uint32_t seed);
/* Those of a CSV file with a column video_id (or item_id). */
int cold_by_file(cold_items *cold, const item_table *items, const char *path);

/* Takes the rows on the items out of train, so that neither model nor user
 * features know them.  Validation keeps its own. */
void cold_hold_out(cold_items *cold, split *parts, const interaction_set *all);
void cold_free(cold_items *cold);

#endif

/* SPDX-License-Identifier: MIT */
/* interactions_*.parquet: one row per user and video. */
#ifndef TOOLS_CATALOGUE_INTERACTIONS_H
#define TOOLS_CATALOGUE_INTERACTIONS_H

#include "catalogue/items.h"

typedef struct interaction {
    uint32_t user, item;
    int32_t label; /* TT_LIKED, TT_NEUTRAL, TT_DISLIKED */
    float stars;   /* NaN: a decision without stars */
    float weight;
    int64_t at; /* seconds since 1970; INT64_MIN: not known */
} interaction;

typedef struct interaction_list {
    interaction *row;
    size_t count, capacity;
} interaction_list;

void interaction_add(interaction_list *list, const interaction *row);

/* For qsort of pointers to rows of one list: by user, then the newest first, and where times are
 * equal or not known the later row first. */
int interaction_newest_first(const void *a, const void *b);

/* Reads a file; users are looked up in `users`, items in `items`, and rows of
 * unknown ones are counted in *unknown.  `key` names the column of video ids.  Columns
 * may be of any type that parquet.h reads as text, number or time; label is 1, 0 or null
 * (or NaN); weight (0 to 1000, 1 where it is absent or null), stars and at may be absent. */
int interaction_read(interaction_list *list, const char *path, const char *key, const map *users,
                     const item_table *items, uint64_t *unknown);
int interaction_write(const interaction_list *list, const char *path, const tt_text *user_id,
                      const item_table *items);

/* Lists per user of the items of rows with one label (or any: label < 0),
 * ascending; both arrays are the caller's to free. */
typedef struct item_lists {
    uint32_t *offset; /* [users + 1] */
    uint32_t *item;
} item_lists;
void interaction_lists(item_lists *lists, const interaction_list *from, uint32_t users, int label);
void item_lists_free(item_lists *lists);

#endif

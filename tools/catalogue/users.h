/* SPDX-License-Identifier: MIT */
/* user_features.parquet: one row per user with its history and raw numbers. */
#ifndef TOOLS_CATALOGUE_USERS_H
#define TOOLS_CATALOGUE_USERS_H

#include "catalogue/interactions.h"

typedef struct user_table {
    uint32_t count;
    tt_text *id;   /* [count] */
    tr_user *user; /* [count]; histories are indices into an item_table */
    map by_id;
    int64_t as_of; /* seconds since 1970; INT64_MIN: not known */
    arena _memory;
} user_table;

/* Who there is. */
typedef struct user_list {
    uint32_t count;
    const tt_text *id;    /* [count] */
    const int64_t *since; /* [count] when the account was made, as user_numbers takes it */
} user_list;

/* Builds the histories (newest first, at most `max_history` per list) and
 * numbers of the users from interactions until `as_of`. */
void user_table_build(user_table *table, const user_list *users, const interaction_list *from,
                      const item_table *items, uint32_t max_history, int64_t as_of);

/* Videos that are not in `items` are left out of the histories and counted. */
int user_table_read(user_table *table, const char *path, const item_table *items,
                    uint64_t *unknown);
int user_table_write(const user_table *table, const char *path, const item_table *items);
void user_table_free(user_table *table);

#endif

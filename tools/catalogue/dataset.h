/* SPDX-License-Identifier: MIT */
/* The tables that prep wrote, read together: what train, eval and recommend work on. */
#ifndef TOOLS_CATALOGUE_DATASET_H
#define TOOLS_CATALOGUE_DATASET_H

#include "catalogue/users.h"

typedef struct dataset_paths {
    const char *train, *val;   /* interactions */
    const char *users, *items; /* their features */
    const char *item_key;      /* column that holds video ids */
} dataset_paths;

typedef struct dataset {
    item_table items;
    user_table users;
    interaction_list train, val;
    uint32_t *item_likes, *item_reviews; /* [items] of train */
} dataset;

/* Reads the tables.  Rows of videos or users that the
 * tables do not have are counted in a warning. */
int dataset_read(dataset *data, const dataset_paths *paths);
void dataset_free(dataset *data);

/* Fails with TW_INPUT unless some user has a train like. */
int dataset_need_likes(const dataset *data, const dataset_paths *paths);

#endif

/* SPDX-License-Identifier: MIT */
/* The tables that prep wrote, read together: what train, eval and recommend work on. */
#ifndef TOOLS_CATALOGUE_DATASET_H
#define TOOLS_CATALOGUE_DATASET_H

#include "catalogue/users.h"
#include "program/options.h"

/* The options that name the tables; a command puts them into its own. */
#define DATASET_FOLDER "ml/data/processed/two_tower/latest"
#define DATASET_OPTIONS \
    {"train", OPTION_TEXT,         "FILE", DATASET_FOLDER "/interactions_train.parquet", NULL, \
     NULL,    "train interactions"}, \
        {"val", \
         OPTION_TEXT, \
         "FILE", \
         DATASET_FOLDER "/interactions_val.parquet", \
         NULL, \
         NULL, \
         "validation interactions"}, \
        {"user-features", OPTION_TEXT, "FILE", DATASET_FOLDER "/user_features.parquet", NULL, NULL, \
         "users"}, \
        {"item-features", OPTION_TEXT, "FILE", DATASET_FOLDER "/item_features.parquet", NULL, NULL, \
         "videos"}, \
    { \
        "item-key", OPTION_TEXT, "NAME", "video_id", NULL, NULL, "column that holds video ids" \
    }

typedef struct dataset {
    item_table items;
    user_table users;
    interaction_list train, val;
    uint32_t *item_likes, *item_reviews; /* [items] of train */
} dataset;

/* Reads the tables that the options name.  Rows of videos or users that the
 * tables do not have are counted in a warning. */
int dataset_read(dataset *data, const arguments *arguments);
void dataset_free(dataset *data);

/* Fails with TW_INPUT unless some user has a train like. */
int dataset_need_likes(const dataset *data, const arguments *arguments);

#endif

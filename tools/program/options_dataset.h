/* SPDX-License-Identifier: MIT */
/* The options that name the tables of prep. */
#ifndef TOOLS_PROGRAM_OPTIONS_DATASET_H
#define TOOLS_PROGRAM_OPTIONS_DATASET_H

#include "catalogue/dataset.h"
#include "program/options.h"

/* A command puts them into its own table. */
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

/* The texts are those of `given`. */
dataset_paths options_dataset(const arguments *given);

#endif

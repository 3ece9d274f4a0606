/* SPDX-License-Identifier: MIT */
/* Interactions are divided into train and validation, and validation gets
 * unobserved videos to compare with. */
#ifndef TOOLS_TRAINING_SPLIT_H
#define TOOLS_TRAINING_SPLIT_H

#include "catalogue/read_interactions.h"

/* Users with fewer likes than this stay in train whole. */
enum { SPLIT_MIN_LIKES = 5 };

typedef struct split {
    interaction_list train, val, negatives; /* negatives: taste TT_DISLIKED, weight 0 */
    uint64_t val_not_observed;              /* rows of the file without an interaction */
} split;

/* By a hash of user and video under `seed`: a pair always falls on the same side. */
void split_by_hash(split *parts, const interaction_set *all, const item_table *items,
                   double val_ratio, uint32_t seed);
/* Each user's newest, of the rows that have a time.  Fails with TW_INPUT where none has one, or all
 * have the same. */
int split_by_time(split *parts, const interaction_set *all, double val_ratio);
/* The pairs (reviewer_id or user_id; video_id, item_id or product_url) of a CSV
 * file are validation. */
int split_by_file(split *parts, const interaction_set *all, const item_table *items,
                  const char *path);

/* `per_like` unobserved videos for each validation like, by a hash of `seed`. */
void split_negatives(split *parts, const interaction_set *all, const item_table *items,
                     uint32_t per_like, uint32_t seed);
void split_free(split *parts);

#endif

/* SPDX-License-Identifier: MIT */
/* A batch: users, the history entries that dropout keeps, and the targets. */
#ifndef TRAINER_SHARED_BATCH_H
#define TRAINER_SHARED_BATCH_H

#include "common/dataset.h"

/* Dropout rates of a batch; history_keep 1 and rates of 0 drop nothing. */
typedef struct tr_dropout {
    uint64_t seed, step;
    float history_keep, hidden_dropout, id_dropout;
} tr_dropout;

typedef struct tr_batch {
    tr_dropout dropout;
    const uint32_t *user; /* [users] */
    uint32_t users;
    /* Bag b of user n has the entries bag_entry[bag_offset[3 n + b] ..); the row of an entry is
     * the index of its active item, its weight 1 / sqrt(entries of the bag). */
    uint32_t *bag_offset;
    tt_entry *bag_entry;
    /* Candidates of the softmax: those of the data, or those of tr_negatives_draw. */
    const uint32_t *candidate_index, *candidate; /* [items], [candidates] as in tr_dataset */
    uint32_t candidates;
    const float *candidate_weight; /* [candidates], see tr_negatives_draw; NULL: all alike */
    /* Targets of user n are indices of candidates; the weight of one is weight[n] times its
     * target_weight. */
    uint32_t *target_offset, *target;
    float *target_weight;
    size_t max_targets; /* allocated */
    float *weight;
    /* The items of the arrays of a step: all, or those of tr_active_list. */
    uint32_t active_items;
    const uint32_t *active_item; /* [active_items] NULL: all items */
    /* The rows of the table that have a gradient: all, or those of tr_active_list. */
    uint32_t active_rows;
    const uint32_t *active_row; /* [active_rows], the order of the gradients; NULL: all rows */
    tr_csr row_items;           /* active row -> active items that have it, ascending */
    tr_csr item_bags;           /* active item -> bags that have it: row 3 n + b, its weight */
} tr_batch;

static inline uint32_t tr_active_item(const tr_batch *batch, uint32_t index) {
    return batch->active_item ? batch->active_item[index] : index;
}

/* Allocates for batches of at most `users` users of the data. */
tr_status tr_batch_create(tr_batch *batch, const tr_dataset *set, uint32_t users);
void tr_batch_free(tr_batch *batch);

/* Keeps each history entry with probability history_keep; the dropped likes are the targets.
 * A target of user n weighs t^(exponent - 1) / (sum over users of t^exponent) times the weight
 * of the like, where t is the sum of the like weights of n's targets. */
void tr_batch_draw(tr_batch *batch, const tr_dataset *set, const tr_dropout *dropout,
                   float exponent, const uint32_t *user, uint32_t users);

/* Keeps every entry; the targets are the validation likes that are candidates. */
void tr_batch_whole(tr_batch *batch, const tr_dataset *set, float exponent, const uint32_t *user,
                    uint32_t users);

/* The sum of target_weight over a user's targets. */
double tr_target_weights(const tr_batch *batch, uint32_t user);

/* Makes item_bags, the transpose of the bags. */
void tr_batch_invert(tr_batch *batch);

#endif

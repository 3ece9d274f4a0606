/* SPDX-License-Identifier: MIT */
/* A batch: users, the part of their history that is shown, and the targets. */
#ifndef TRAINER_SHARED_BATCH_H
#define TRAINER_SHARED_BATCH_H

#include "common/dataset.h"

/* What of a batch is left out by dropout; 1, 0 and 0 leave out nothing. */
typedef struct tr_dropout {
    uint64_t seed, step;
    float history_keep, hidden_dropout, id_dropout;
} tr_dropout;

typedef struct tr_batch {
    tr_dropout dropout;
    const uint32_t *user; /* [users] */
    uint32_t users;
    /* Bag b of user n shows the items shown[bag_offset[3 n + b] ..), the row
     * of each is its slot; each weighs 1 / sqrt(their number). */
    uint32_t *bag_offset;
    tt_entry *bag_entry;
    /* What the softmax is over: the data's candidates, or those of tr_negatives_draw. */
    const uint32_t *candidate_index, *candidate; /* [items], [candidates] as in tr_dataset */
    uint32_t candidates;
    const float *candidate_weight; /* [candidates], see tr_negatives_draw; NULL: all alike */
    /* Targets of user n: places of candidates; each weighs weight[n] times its own weight. */
    uint32_t *target_offset, *target;
    float *target_weight;
    size_t max_targets; /* that there is room for */
    float *weight;
    /* Where an item stands in the arrays of a step: in the slot of its number, or of its
     * place among those of tr_active_list. */
    uint32_t active_items;
    const uint32_t *active_item; /* [slots] NULL: slot i is item i */
    /* The rows of the table that have a gradient: all, or those of tr_active_list. */
    uint32_t active_rows;
    const uint32_t *active_row; /* [rows] NULL: all; its gradient stands at its place here */
    tr_csr row_items;           /* place -> slots of the items that have the row, ascending */
    tr_csr
        item_bags; /* slot -> bags that show it: row is 3 n + b, weight the item's weight there */
} tr_batch;

static inline uint32_t tr_active_item(const tr_batch *batch, uint32_t index) {
    return batch->active_item ? batch->active_item[index] : index;
}

/* Room for any batch of at most `users` users of the data. */
tr_status tr_batch_create(tr_batch *batch, const tr_dataset *set, uint32_t users);
void tr_batch_free(tr_batch *batch);

/* Shows each history entry with probability history_keep; the likes that are
 * not shown are the targets.  A target of user n weighs t^(exponent - 1) /
 * (sum over users of t^exponent) times what the like weighs, where t is the sum
 * of that over n's targets: their number, where none weighs more than another. */
void tr_batch_draw(tr_batch *batch, const tr_dataset *set, const tr_dropout *dropout,
                   float exponent, const uint32_t *user, uint32_t users);

/* Shows everything; the targets are the validation likes that are candidates. */
void tr_batch_whole(tr_batch *batch, const tr_dataset *set, float exponent, const uint32_t *user,
                    uint32_t users);

/* The sum of the own weights of a user's targets. */
double tr_target_weights(const tr_batch *batch, uint32_t user);

/* Makes the showers of the slots. */
void tr_batch_invert(tr_batch *batch);

#endif

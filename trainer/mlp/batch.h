/* SPDX-License-Identifier: MIT */
/* Pairs of a user and an item for the plain MLP: what there is to learn from,
 * and the batches drawn from it. */
#ifndef TRAINER_MLP_BATCH_H
#define TRAINER_MLP_BATCH_H

#include "common/dataset.h"

/* What a batch is drawn from. */
typedef struct tr_mlp_data {
    const tr_data *data;
    uint32_t features[TT_TOWERS];    /* without the constant */
    tr_csr rows[TT_TOWERS];          /* user or item -> inputs, ascending; the constant is last */
    uint32_t examples, *example;     /* indices into data->pair: to train on */
    uint32_t held_pairs, *held_pair; /* indices of the holdout: in no batch and no history */
    size_t *seen_offset;             /* [users + 1] */
    uint32_t *seen;                  /* the user's train items, ascending */
    uint32_t *negatives;             /* [users] unobserved items per like */
    float *log_q; /* [items] log of the probability of being in a batch; softmax only */
} tr_mlp_data;

/* Borrows data and vocabulary.  Reads loss, negatives and few_dislikes of the options;
 * with patience it holds out a tenth of the pairs. */
tr_status tr_mlp_data_build(tr_mlp_data *set, const tr_data *data, const tr_vocabulary *vocabulary,
                            const tr_options *options);
void tr_mlp_data_free(tr_mlp_data *set);
/* Computes log_q for batches of `batch` uniformly drawn likes. */
tr_status tr_mlp_log_q(tr_mlp_data *set, uint32_t batch);

/* The inputs of encoded features as one list: the bag, the numbers, the constant.
 * Returns their number; `entry` may be NULL. */
size_t tr_mlp_flatten(const tt_schema *schema, tt_tower tower, const tt_features *features,
                      tt_entry *entry);

/* Whether the user has the item in train. */
int tr_mlp_seen(const tr_mlp_data *set, uint32_t user, uint32_t item);

/* User and item are indices of the rows of the batch's sides. */
typedef struct tr_mlp_pair {
    uint32_t user, item;
    float label, weight;
} tr_mlp_pair;

/* The rows of one tower that a batch has. */
typedef struct tr_mlp_side {
    const tr_csr *rows;
    uint32_t count, *row;    /* each once, in the order of their first pair */
    uint32_t *index;         /* [users or items] index in `row`, or TR_NONE */
    uint32_t inputs, *input; /* the inputs that occur, ascending */
    tr_csr input_rows;       /* input -> rows that have it (row: its index) */
    size_t capacity;         /* of its entries */
    uint32_t all;            /* inputs */
} tr_mlp_side;

typedef struct tr_mlp_batch {
    tr_mlp_side side[TT_TOWERS];
    uint32_t pairs, max_pairs;
    tr_mlp_pair *pair; /* grouped by user: user n's are [user_offset[n] ..) */
    uint32_t *user_offset;
    uint32_t *item_offset, *item_pair; /* item n is in the pairs item_pair[item_offset[n] ..) */
    double weights;                    /* sum */
    const tr_mlp_data *set;
    tr_mlp_pair *drawn; /* before grouping */
} tr_mlp_batch;

tr_status tr_mlp_batch_create(tr_mlp_batch *batch, const tr_mlp_data *set, uint32_t pairs);
void tr_mlp_batch_free(tr_mlp_batch *batch);

/* _begin empties the batch, _pair adds to it, _end groups the pairs and fails with
 * TR_NO_MEMORY.  Pairs beyond max_pairs are dropped. */
void tr_mlp_batch_begin(tr_mlp_batch *batch);
void tr_mlp_batch_pair(tr_mlp_batch *batch, uint32_t user, uint32_t item, float label,
                       float weight);
tr_status tr_mlp_batch_end(tr_mlp_batch *batch);

/* Adds a pair of the data, and to a like (label 1) the user's negatives: items that
 * the user has not in train, label 0, each drawn by `key` and the pair's index; where a user
 * has nearly all there may be fewer. */
void tr_mlp_batch_example(tr_mlp_batch *batch, uint32_t user, uint32_t item, float label,
                          float weight, uint64_t key);
/* Adds data->pair[example] so. */
void tr_mlp_batch_add(tr_mlp_batch *batch, uint32_t example, uint64_t key);

#endif

/* SPDX-License-Identifier: MIT */
/* The data in index form, made once per training. */
#ifndef TRAINER_COMMON_DATASET_H
#define TRAINER_COMMON_DATASET_H

#include "common/csr.h"

#define TR_NONE UINT32_MAX

typedef struct tr_dataset {
    const tr_data *data;
    uint32_t id_rows, rows;            /* of the shared table */
    uint32_t numerics[TT_TOWERS];      /* numeric features of a row */
    float *numeric[TT_TOWERS];         /* [users or items][numerics] */
    uint32_t *id_row;                  /* [items] the table row of the item's id, or TR_NONE */
    float *id_weight;                  /* [items] its weight, 1 as in the encoder */
    tr_csr content;                    /* item -> token rows with the weights of the encoder */
    tr_csr row_items;                  /* table row -> items that have it, ascending */
    uint32_t candidates, *candidate;   /* items with a train like, ascending */
    uint32_t *candidate_index;         /* [items] its index in `candidate`, or TR_NONE */
    uint32_t train_users, *train_user; /* users with a like that is a candidate */
    /* Like n of user u's history has the weight like_weight[like_offset[u] + n]; NULL: 1. */
    size_t *like_offset;
    float *like_weight;
} tr_dataset;

/* Borrows `data` and `vocabulary`.  Fails with TR_NO_MEMORY, TR_NO_DATA, TR_CORE. */
tr_status tr_dataset_build(tr_dataset *dataset, const tr_data *data,
                           const tr_vocabulary *vocabulary);
void tr_dataset_free(tr_dataset *dataset);

/* Transposes item -> rows of item[0 .. count), or of all items where `item` is NULL: `to` lists
 * the positions of the items that have a row.  Row r of the table is row index[r] of `to`, of
 * `rows`; index NULL: row r. */
void tr_dataset_transpose(const tr_dataset *set, tr_csr *to, uint32_t rows, const uint32_t *item,
                          uint32_t count, const uint32_t *index);

static inline float tr_like_weight(const tr_dataset *set, uint32_t user, uint32_t like) {
    return set->like_weight ? set->like_weight[set->like_offset[user] + like] : 1.0f;
}

#endif

/* SPDX-License-Identifier: MIT */
/* The active items and table rows of a step, where they are few among many. */
#ifndef TRAINER_SHARED_ACTIVE_H
#define TRAINER_SHARED_ACTIVE_H

#include "shared/batch.h"

typedef struct tr_active {
    int listed;          /* 0: all items and rows are active in every step */
    uint32_t *item;      /* [items] the active ones, ascending */
    uint32_t *row;       /* [rows] likewise */
    uint32_t *index;     /* [items or rows] of an item or a row in its list */
    unsigned char *mark; /* [items or rows] */
    tr_csr row_items;    /* of the active rows */
} tr_active;

/* With `listed` 0 it allocates nothing. */
tr_status tr_active_create(tr_active *active, const tr_dataset *set, int listed);
void tr_active_free(tr_active *active);

/* Lists the active items of the batch (candidates and history entries) and the table rows of
 * those items.  Call it once per batch, after the candidates are drawn. */
void tr_active_list(tr_active *active, tr_batch *batch, const tr_dataset *set);

#endif

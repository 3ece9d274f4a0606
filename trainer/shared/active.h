/* SPDX-License-Identifier: MIT */
/* The items and table rows that a step has to do with, where they are few among many. */
#ifndef TRAINER_SHARED_ACTIVE_H
#define TRAINER_SHARED_ACTIVE_H

#include "shared/batch.h"

typedef struct tr_active {
    int listed;          /* 0: every step has to do with all */
    uint32_t *item;      /* [items] those of the step, ascending */
    uint32_t *row;       /* [rows] likewise */
    uint32_t *index;     /* [items or rows] of an item or a row in its list */
    unsigned char *mark; /* [items or rows] */
    tr_csr row_items;    /* of the rows of the step */
} tr_active;

/* With `listed` 0 nothing is made. */
tr_status tr_active_create(tr_active *active, const tr_dataset *set, int listed);
void tr_active_free(tr_active *active);

/* Makes the batch's slots those of its candidates and of the items that it shows, and its
 * rows those that such items have.  Once per batch, when its candidates are there. */
void tr_active_list(tr_active *active, tr_batch *batch, const tr_dataset *set);

#endif

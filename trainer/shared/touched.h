/* SPDX-License-Identifier: MIT */
/* The items and table rows that a step has to do with, where they are few among many. */
#ifndef TRAINER_SHARED_TOUCHED_H
#define TRAINER_SHARED_TOUCHED_H

#include "shared/batch.h"

typedef struct tr_touched {
    int listed;          /* 0: every step has to do with all */
    uint32_t *item;      /* [items] those of the step, ascending */
    uint32_t *row;       /* [rows] likewise */
    uint32_t *place;     /* [items or rows] where an item or a row stands in its list */
    unsigned char *mark; /* [items or rows] */
    tr_csr holders;      /* of the rows of the step */
} tr_touched;

/* With `listed` 0 nothing is made. */
tr_status tr_touched_create(tr_touched *touched, const tr_dataset *set, int listed);
void tr_touched_free(tr_touched *touched);

/* Makes the batch's slots those of its candidates and of the items that it shows, and its
 * rows those that such items have.  Once per batch, when its candidates are there. */
void tr_touched_list(tr_touched *touched, tr_batch *batch, const tr_dataset *set);

#endif

/* SPDX-License-Identifier: MIT */
/* A part of train that is held out, to choose by. */
#ifndef TRAINER_COMMON_HOLDOUT_H
#define TRAINER_COMMON_HOLDOUT_H

#include "trainer.h"

typedef struct tr_holdout {
    tr_data data; /* without what is held out, and without validation likes */
    /* The likes that are held out: user u's are item[offset[u] .. offset[u + 1]), ascending. */
    uint32_t *offset, *item;
    /* What `data` points to. */
    tr_user *user;
    uint32_t *history, *item_likes, *item_reviews;
    tr_pair *pair;
} tr_holdout;

/* Holds out a tenth of the likes of users with five or more, by a in_holdout that
 * depends on nothing but the pair.  A user's numbers stay as they are. */
tr_status tr_holdout_split(tr_holdout *holdout, const tr_data *data);
void tr_holdout_free(tr_holdout *holdout);

#endif

/* SPDX-License-Identifier: MIT */
/* A part of train that is held out, to choose by. */
#ifndef TRAINER_COMMON_HELD_H
#define TRAINER_COMMON_HELD_H

#include "trainer.h"

typedef struct tr_held {
    tr_data data; /* without what is held out, and without validation likes */
    /* The likes that are held out: user u's are item[offset[u] .. offset[u + 1]), ascending. */
    uint32_t *offset, *item;
    /* What `data` points to. */
    tr_user *user;
    uint32_t *history, *item_likes, *item_reviews;
    tr_pair *pair;
} tr_held;

/* Holds out a tenth of the likes of users with five or more, by a coin that
 * depends on nothing but the pair.  A user's numbers stay as they are. */
tr_status tr_hold_out(tr_held *held, const tr_data *data);
void tr_held_free(tr_held *held);

#endif

/* SPDX-License-Identifier: MIT */
/* The train likes of candidates, from both sides. */
#ifndef TRAINER_TEACHER_LIKES_H
#define TRAINER_TEACHER_LIKES_H

#include "data/dataset.h"

/* Row r is linked to to[offset[r] .. offset[r + 1]), ascending. */
typedef struct tr_links {
    uint32_t rows, *offset, *to;
} tr_links;

typedef struct tr_likes {
    tr_links user; /* user -> places of candidates */
    tr_links item; /* place -> users */
    tr_links held; /* user -> places that are held out; no rows if nothing is */
} tr_likes;

/* With `hold`, a tenth of the likes of users with five or more is held out, by a
 * coin that depends on nothing but the pair. */
tr_status tr_likes_build(tr_likes *likes, const tr_dataset *set, int hold);
void tr_likes_free(tr_likes *likes);

#endif

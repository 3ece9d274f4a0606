/* SPDX-License-Identifier: MIT */
/* The train likes of candidates, from both sides. */
#ifndef TRAINER_TEACHER_LIKES_H
#define TRAINER_TEACHER_LIKES_H

#include "trainer.h"

/* CSR without weights: row r has the columns column[offset[r] .. offset[r + 1]), ascending. */
typedef struct tr_like_csr {
    uint32_t rows, *offset, *column;
} tr_like_csr;

typedef struct tr_likes {
    tr_like_csr user; /* user -> indices of candidates */
    tr_like_csr item; /* candidate -> users */
} tr_likes;

/* Item i is candidate place[i] of `candidates`, or none where that is not below it. */
tr_status tr_likes_build(tr_likes *likes, const tr_data *data, const uint32_t *candidate_index,
                         uint32_t candidates);
void tr_likes_free(tr_likes *likes);

#endif

/* SPDX-License-Identifier: MIT */
/* What a softmax over all candidates loses that knows no user: the measure of having learned. */
#ifndef TRAINER_DATA_GUESS_H
#define TRAINER_DATA_GUESS_H

#include "data/dataset.h"

typedef struct tr_guess {
    double uniform; /* every candidate alike: log(candidates) */
    double popular; /* each by what its likes weigh: the entropy of that */
} tr_guess;

/* A user's likes weigh t^(exponent - 1) each, as in a batch.  TR_NO_MEMORY. */
tr_status tr_guess_losses(tr_guess *guess, const tr_dataset *set, float exponent);

#endif

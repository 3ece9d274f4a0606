/* SPDX-License-Identifier: MIT */
/* What a training loses that knows no user: the measure of having learned. */
#ifndef TRAINER_RUN_GUESS_H
#define TRAINER_RUN_GUESS_H

#include "mlp/batch.h"

typedef struct tr_guess {
    double uniform; /* every item alike */
    double popular; /* each by what its likes weigh */
} tr_guess;

/* Of a softmax over all candidates: their logarithm, and the entropy of what their likes weigh,
 * a user's t^(exponent - 1) each, as in a batch.  TR_NO_MEMORY. */
tr_status tr_guess_losses(tr_guess *guess, const tr_dataset *set, float exponent);

/* Of the binary cross entropy of the examples and what is drawn beside them: the entropy of
 * the label, and that of the label of each item.  TR_NO_MEMORY. */
tr_status tr_guess_pairs(tr_guess *guess, const tr_mlp_data *set);

#endif

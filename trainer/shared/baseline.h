/* SPDX-License-Identifier: MIT */
/* Losses of models that know no user: the baseline of the divergence check. */
#ifndef TRAINER_SHARED_BASELINE_H
#define TRAINER_SHARED_BASELINE_H

#include "common/dataset.h"
#include "common/recipe.h"

/* Of a softmax over all candidates: uniform is the logarithm of their number; popular is the
 * entropy of their popularity.  A like has the weight that it has in a batch:
 * t^(exponent - 1) of its user.  TR_OK or TR_NO_MEMORY. */
tr_status tr_baseline_likes(tr_baseline *baseline, const tr_dataset *set, float exponent);

#endif

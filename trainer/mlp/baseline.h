/* SPDX-License-Identifier: MIT */
/* Losses of models that know no user: the baseline of the divergence check. */
#ifndef TRAINER_MLP_BASELINE_H
#define TRAINER_MLP_BASELINE_H

#include "common/recipe.h"
#include "mlp/batch.h"

/* Of the binary cross entropy of the examples and their drawn negatives: uniform is the
 * entropy of the label, popular that of the label given the item.  TR_OK or TR_NO_MEMORY. */
tr_status tr_baseline_pairs(tr_baseline *baseline, const tr_mlp_data *set);

#endif

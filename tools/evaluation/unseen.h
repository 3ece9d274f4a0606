/* SPDX-License-Identifier: MIT */
/* A run is judged on nothing that it was trained on. */
#ifndef TOOLS_EVALUATION_UNSEEN_H
#define TOOLS_EVALUATION_UNSEEN_H

#include "catalogue/dataset.h"

/* Removes the `rows` that the run in `folder` was trained on (train_pairs.gcs), says how many in a
 * warning, and counts them in *removed.  More than the part `most` of them (0: any) is refused with
 * TW_INPUT and the number, and so is a run that does not say it.  `val` names the rows. */
int unseen_keep(interaction_list *rows, uint64_t *removed, const char *folder, const dataset *data,
                const char *val, double most);

/* What a comparison with an earlier run leaves out without a word of refusal: a user who comes to
 * SPLIT_MIN_LIKES likes has train rows of before in validation. */
#define UNSEEN_FEW 0.05

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Row shrinkage.  Adam updates a rare row as strongly as a frequent one, so rare tokens overfit.
 * So each row is scaled by sqrt(c / (c + k)).  Of a token, c counts its items with a like in
 * train, and k = 20; of an id, c counts its reviews in train, and k = 30.  A token of no liked
 * item is scaled by 0.
 */
#ifndef TRAINER_SHARED_SHRINKAGE_H
#define TRAINER_SHARED_SHRINKAGE_H

#include "common/dataset.h"

/* [rows] the factor of each row of the table, for the caller to free; NULL: no memory. */
float *tr_shrinkage_of(const tr_dataset *set);

/* During training the factor multiplies the weights of ids and tokens. */
void tr_shrinkage_apply(tr_dataset *set, const float *shrinkage);

/* For export it multiplies the table rows [rows][dim] instead, since the encoder does not
 * apply it. */
void tr_shrinkage_fold(float *table, uint32_t dim, const tr_dataset *set, const float *shrinkage);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How far a row of the table is trusted.  Adam moves the vector of what two know as far as that
 * of what a thousand know, and learns the accidents of the two by heart: a new item that has a
 * token gets them, and so does who liked the same.  So a row takes part with the factor
 * sqrt(c / (c + k)): of a token, c of whose items have a like in train, k = 20; of an id, whose
 * item has c reviews in train, k = 30.  A token of no liked item has no part at all.
 */
#ifndef TRAINER_SHARED_TRUST_H
#define TRAINER_SHARED_TRUST_H

#include "common/dataset.h"

/* [rows] the factor of each row of the table, for the caller to free; NULL: no memory. */
float *tr_trust_of(const tr_dataset *set);

/* While training, the factor stands in what ids and tokens weigh ... */
void tr_trust_weigh(tr_dataset *set, const float *trust);

/* ... and afterwards in the rows [rows][dim] of the table, as the encoder knows nothing of it. */
void tr_trust_fold(float *table, uint32_t dim, const tr_dataset *set, const float *trust);

#endif

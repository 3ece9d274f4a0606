/* SPDX-License-Identifier: MIT */
/*
 * How far a token is trusted.  Adam moves the vector of a token that two items have as far as
 * that of one that a thousand have, and learns the accidents of the two by heart, which a new
 * item that has it then gets.  So a token takes part with the factor sqrt(c / (c + 20)), where c
 * of its items have a like in train; a token of none has no part at all.  The ids' factor is 1.
 */
#ifndef TRAINER_DATA_TRUST_H
#define TRAINER_DATA_TRUST_H

#include "data/dataset.h"

/* [rows] the factor of each row of the table, for the caller to free; NULL: no memory. */
float *tr_trust_of(const tr_dataset *set);

/* While training, the factor stands in what the tokens weigh ... */
void tr_trust_weigh(tr_dataset *set, const float *trust);

/* ... and afterwards in the rows of the table, which is for tokens as the encoder weighs them. */
void tr_trust_fold(float *table, uint32_t dim, const tr_dataset *set, const float *trust);

#endif

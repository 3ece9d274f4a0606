/* SPDX-License-Identifier: MIT */
/* What both recipes need to save a training and continue it. */
#ifndef TRAINER_COMMON_STATE_H
#define TRAINER_COMMON_STATE_H

#include "trainer.h"

/* Puts `prefix` before the names of `count` arrays; returns `count`. */
size_t tr_prefix_tensors(tr_tensor *tensor, size_t count, const char *prefix);

/* Puts order[0 .. count) into the order of one epoch; each epoch starts from the last one's. */
void tr_shuffle(uint32_t *order, uint32_t count, uint64_t seed, uint32_t epoch);

/* Whether order [count] is a permutation of `of` [count], whose numbers are distinct and below
 * `limit`.  0 too where there is no memory to check it. */
int tr_is_permutation(const uint32_t *order, const uint32_t *of, uint32_t count, uint32_t limit);

#endif

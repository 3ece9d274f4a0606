/* SPDX-License-Identifier: MIT */
/* What a training goes on from, as named arrays. */
#ifndef TRAINER_RUN_STATE_H
#define TRAINER_RUN_STATE_H

#include "common/adam.h"
#include "shared/shape.h"

/* Puts `prefix` before the names of `count` arrays; returns `count`. */
size_t tr_prefix_tensors(tr_tensor *tensor, size_t count, const char *prefix);

/* Weights, averages, both moments, `order`, and the steps of rows that may miss some;
 * returns how many arrays. */
size_t tr_state_tensors(tr_tensor *tensor, const tr_shape *shape, float *weight,
                        const tr_optimiser *optimiser, uint32_t *order, uint32_t trainees);

/* Is `order` of [count] what `of` has, distinct numbers below `below`, each once?  0
 * too where there is no memory to tell. */
int tr_is_reordering(const uint32_t *order, const uint32_t *of, uint32_t count, uint32_t below);

#endif

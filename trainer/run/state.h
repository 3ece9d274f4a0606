/* SPDX-License-Identifier: MIT */
/* What a training goes on from, as named arrays. */
#ifndef TRAINER_RUN_STATE_H
#define TRAINER_RUN_STATE_H

#include "data/dataset.h"
#include "nn/adam.h"
#include "nn/shape.h"

/* Weights, averages and both moments, then `epoch_loss` and `order`. */
enum { TR_STATE_TENSORS = 4 * TR_MODEL_TENSORS + 2 };

/* Names the arrays of a training; returns how many. */
size_t tr_state_tensors(tr_tensor *tensor, const tr_shape *shape, float *weight,
                        const tr_optimiser *optimiser, uint32_t *order, uint32_t trainees,
                        double *epoch_loss);

/* Are these the trainees, each once?  0 too where there is no memory to tell. */
int tr_order_is_whole(const tr_dataset *set, const uint32_t *order);

#endif

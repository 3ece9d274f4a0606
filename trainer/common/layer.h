/* SPDX-License-Identifier: MIT */
/* One row through the dense layers of a trained model. */
#ifndef TRAINER_COMMON_LAYER_H
#define TRAINER_COMMON_LAYER_H

#include "trainer.h"

/* out [columns] += input [count] times weight [count][columns]. */
void tr_layer_add(float *out, const float *input, uint32_t count, const float *weight,
                  uint32_t columns);

/* ReLU of unit [count], and the constant 1 after it. */
void tr_layer_activate(float *unit, uint32_t count);

/* Scales out [dim] to unit length; 0 if its norm is 0 or not finite. */
int tr_layer_normalise(float *out, uint32_t dim);

/* The layer [inputs][columns] from `begin` on, whose last row is the bias. */
tt_dense tr_layer_f16(const uint16_t *half, size_t begin, uint32_t inputs, uint32_t columns);

#endif

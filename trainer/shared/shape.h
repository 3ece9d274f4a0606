/* SPDX-License-Identifier: MIT */
/* All parameters of a model in one array, and where each part begins. */
#ifndef TRAINER_SHARED_SHAPE_H
#define TRAINER_SHARED_SHAPE_H

#include "trainer.h"

/* Matrices are [in][out].  The last input of every layer is the constant 1, so
 * that the last row of its matrix is the bias. */
typedef struct tr_shape {
    uint32_t dim, hidden, rows;
    uint32_t width[TT_TOWERS]; /* inputs of a tower: bags, numerics, the constant */
    size_t table;              /* [rows][dim] */
    size_t item;               /* [width[TT_ITEM]][dim] */
    size_t skip;               /* [width[TT_USER]][dim] */
    size_t first;              /* [width[TT_USER]][hidden] */
    size_t second;             /* [hidden + 1][dim]; nothing if hidden is 0 */
    size_t log_scale;          /* logarithm of the scale of the logits */
    size_t count;
} tr_shape;

/* `numerics` are the towers' numbers of numeric features. */
tr_shape tr_shape_of(uint32_t dim, uint32_t hidden, uint32_t rows, const uint32_t *numerics);

/* The weights before the first step: small random rows, layers that pass the
 * item's own bag and the user's liked bag on, a scale of 8. */
void tr_shape_init(const tr_shape *shape, float *weight, uint64_t seed);

/* The parts of `weight` by name, in their order; writes at most
 * TR_MODEL_TENSORS and returns how many. */
size_t tr_shape_tensors(const tr_shape *shape, float *weight, tr_tensor *tensor);

#endif

/* SPDX-License-Identifier: MIT */
/* A trained model of TR_SHARED. */
#ifndef TRAINER_SHARED_MODEL_H
#define TRAINER_SHARED_MODEL_H

#include "common/recipe.h"
#include "shared/shape.h"

typedef struct tr_shared_model {
    tr_model model; /* the averaged weights */
    tr_shape shape;
} tr_shared_model;

/* Operations of tr_recipe_shared. */
size_t tr_shared_tensors(const tr_model *model, tr_tensor *tensor);
int tr_shared_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out);
void tr_shared_describe(const tr_model *model, const uint16_t *half, tt_weights *weights,
                        tt_tower_weights *tower);

#endif

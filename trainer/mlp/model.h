/* SPDX-License-Identifier: MIT */
/* A trained model of TR_MLP. */
#ifndef TRAINER_MLP_MODEL_H
#define TRAINER_MLP_MODEL_H

#include "common/recipe.h"
#include "mlp/net.h"

typedef struct tr_mlp_model {
    tr_model model;
    tr_mlp_shape shape;
    uint32_t numerics[TT_TOWERS]; /* the last inputs before the constant */
} tr_mlp_model;

/* Operations of tr_recipe_mlp. */
size_t tr_mlp_tensors(const tr_model *model, tr_tensor *tensor);
int tr_mlp_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out);
void tr_mlp_describe(const tr_model *model, const uint16_t *half, tt_weights *weights,
                     tt_tower_weights *tower);

#endif

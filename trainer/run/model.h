/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_RUN_MODEL_H
#define TRAINER_RUN_MODEL_H

#include "mlp/net.h"
#include "shared/shape.h"

/* What training leaves. */
struct tr_model {
    tr_recipe recipe;
    tr_shape shape;               /* TR_SHARED */
    tr_mlp_shape mlp;             /* TR_MLP */
    uint32_t numerics[TT_TOWERS]; /* TR_MLP: the last inputs before the constant */
    float *weight;                /* [count] of the shape; TR_SHARED: averaged */
};

static inline size_t tr_model_count(const struct tr_model *model) {
    return model->recipe == TR_MLP ? model->mlp.count : model->shape.count;
}

#endif

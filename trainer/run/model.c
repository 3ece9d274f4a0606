/* SPDX-License-Identifier: MIT */
#include "run/model.h"
#include "kernel/maths.h"

#include <stdlib.h>

void tr_model_free(tr_model *model) {
    if (!model)
        return;
    free(model->weight);
    free(model);
}

size_t tr_model_tensors(const tr_model *model, tr_tensor *tensor) {
    if (model->recipe == TR_MLP)
        return tr_mlp_shape_tensors(&model->mlp, model->weight, tensor);
    return tr_shape_tensors(&model->shape, model->weight, tensor);
}

float tr_model_scale(const tr_model *model) {
    int mlp = model->recipe == TR_MLP;
    return tr_exp(model->weight[mlp ? model->mlp.log_scale : model->shape.log_scale]);
}

float tr_model_bias(const tr_model *model) {
    return model->recipe == TR_MLP ? model->weight[model->mlp.bias] : 0.0f;
}

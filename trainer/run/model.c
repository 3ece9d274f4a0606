/* SPDX-License-Identifier: MIT */
#include "common/recipe.h"
#include "kernel/maths.h"

#include <stdlib.h>

void tr_model_free(tr_model *model) {
    if (!model)
        return;
    free(model->weight);
    free(model);
}

size_t tr_model_tensors(const tr_model *model, tr_tensor *tensor) {
    return model->recipe->model_tensors(model, tensor);
}

float tr_model_scale(const tr_model *model) {
    return tr_exp(model->weight[model->log_scale]);
}

float tr_model_bias(const tr_model *model) {
    return model->bias ? model->weight[model->bias] : 0.0f;
}

int tr_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out) {
    return model->recipe->embed(model, tower, features, out);
}

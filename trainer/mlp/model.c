/* SPDX-License-Identifier: MIT */
#include "mlp/model.h"
#include "common/layer.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

static const tr_mlp_model *of(const tr_model *model) {
    return (const tr_mlp_model *)model;
}

size_t tr_mlp_tensors(const tr_model *model, tr_tensor *tensor) {
    return tr_mlp_shape_tensors(&of(model)->shape, model->weight, tensor);
}

int tr_mlp_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out) {
    const tr_mlp_shape *shape = &of(model)->shape;
    uint32_t hidden = shape->hidden, numerics = of(model)->numerics[tower];
    const float *first = model->weight + shape->first[tower];
    const float *numeric = first + (size_t)(shape->inputs[tower] - 1 - numerics) * hidden;
    float *unit = calloc((size_t)hidden + 1, sizeof *unit);
    if (!unit)
        return 0;
    for (uint32_t i = 0; i < features->count[0]; i++)
        tr_add_scaled(unit, first + (size_t)features->entry[0][i].row * hidden,
                      features->entry[0][i].weight, hidden);
    tr_layer_add(unit, features->numeric, numerics, numeric, hidden);
    tr_add_scaled(unit, numeric + (size_t)numerics * hidden, 1.0f, hidden);
    tr_layer_activate(unit, hidden);
    memset(out, 0, shape->dim * sizeof *out);
    tr_layer_add(out, unit, hidden + 1, model->weight + shape->second[tower], shape->dim);
    free(unit);
    return tr_layer_normalise(out, shape->dim);
}

void tr_mlp_describe(const tr_model *model, const uint16_t *half, tt_weights *weights,
                     tt_tower_weights *tower) {
    const tr_mlp_shape *shape = &of(model)->shape;
    uint32_t dim = shape->dim, hidden = shape->hidden;
    (void)weights; /* no shared table */
    for (int t = 0; t < TT_TOWERS; t++) {
        uint32_t inputs = shape->inputs[t], numerics = of(model)->numerics[t];
        tower[t] = (tt_tower_weights){.bags = 1,
                                      .rows = inputs - 1 - numerics,
                                      .numerics = numerics,
                                      .hidden = hidden,
                                      .out = dim};
        tower[t].first = tr_layer_f16(half, shape->first[t], inputs, hidden);
        tower[t].second = tr_layer_f16(half, shape->second[t], hidden + 1, dim);
    }
}

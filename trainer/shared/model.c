/* SPDX-License-Identifier: MIT */
#include "shared/model.h"
#include "common/layer.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

static const tr_shape *shape_of(const tr_model *model) {
    return &((const tr_shared_model *)model)->shape;
}

size_t tr_shared_tensors(const tr_model *model, tr_tensor *tensor) {
    return tr_shape_tensors(shape_of(model), model->weight, tensor);
}

/* The inputs of a tower's layers: bags, numbers, the constant. */
static void fill_input(const tr_model *model, tt_tower tower, const tt_features *features,
                       float *input) {
    const tr_shape *shape = shape_of(model);
    const float *table = model->weight + shape->table;
    uint32_t bags = tower == TT_USER ? TT_MAX_BAGS : 1, dim = shape->dim;
    uint32_t width = shape->width[tower];
    memset(input, 0, width * sizeof *input);
    for (uint32_t b = 0; b < bags; b++)
        for (uint32_t i = 0; i < features->count[b]; i++)
            tr_add_scaled(input + b * dim, table + (size_t)features->entry[b][i].row * dim,
                          features->entry[b][i].weight, dim);
    for (uint32_t i = bags * dim; i + 1 < width; i++)
        input[i] = features->numeric[i - bags * dim];
    input[width - 1] = 1.0f;
}

int tr_shared_embed(const tr_model *model, tt_tower tower, const tt_features *features,
                    float *out) {
    const tr_shape *shape = shape_of(model);
    const float *weight = model->weight;
    uint32_t width = shape->width[tower], hidden = tower == TT_USER ? shape->hidden : 0;
    float *input = calloc((size_t)width + hidden + 1, sizeof *input);
    if (!input)
        return 0;
    fill_input(model, tower, features, input);
    memset(out, 0, shape->dim * sizeof *out);
    tr_layer_add(out, input, width, weight + (tower == TT_USER ? shape->skip : shape->item),
                 shape->dim);
    if (hidden > 0) {
        float *unit = input + width;
        tr_layer_add(unit, input, width, weight + shape->first, hidden);
        tr_layer_activate(unit, hidden);
        tr_layer_add(out, unit, hidden + 1, weight + shape->second, shape->dim);
    }
    free(input);
    return tr_layer_normalise(out, shape->dim);
}

void tr_shared_describe(const tr_model *model, const uint16_t *half, tt_weights *weights,
                        tt_tower_weights *tower) {
    const tr_shape *shape = shape_of(model);
    uint32_t dim = shape->dim, hidden = shape->hidden;
    weights->table = half + shape->table;
    weights->rows = shape->rows;
    weights->width = dim;
    for (int t = 0; t < TT_TOWERS; t++) {
        uint32_t width = shape->width[t], bags = t == TT_USER ? TT_MAX_BAGS : 1;
        tower[t] = (tt_tower_weights){.bags = bags, .numerics = width - 1 - bags * dim, .out = dim};
        tower[t].skip = tr_layer_f16(half, t == TT_USER ? shape->skip : shape->item, width, dim);
        if (t == TT_USER && hidden > 0) {
            tower[t].hidden = hidden;
            tower[t].first = tr_layer_f16(half, shape->first, width, hidden);
            tower[t].second = tr_layer_f16(half, shape->second, hidden + 1, dim);
        }
    }
}

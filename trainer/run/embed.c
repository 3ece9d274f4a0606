/* SPDX-License-Identifier: MIT */
#include "kernel/maths.h"
#include "kernel/rows.h"
#include "run/model.h"

#include <stdlib.h>
#include <string.h>

/* The inputs of a tower's layers: bags, numbers, the constant. */
static void fill_input(const tr_model *model, tt_tower tower, const tt_features *features,
                       float *input) {
    const tr_shape *shape = &model->shape;
    uint32_t bags = tower == TT_USER ? TT_MAX_BAGS : 1, dim = shape->dim;
    uint32_t width = shape->width[tower];
    memset(input, 0, width * sizeof *input);
    for (uint32_t b = 0; b < bags; b++)
        for (uint32_t i = 0; i < features->count[b]; i++)
            tr_add_scaled(input + b * dim,
                          model->weight + shape->table + (size_t)features->entry[b][i].row * dim,
                          features->entry[b][i].weight, dim);
    for (uint32_t i = bags * dim; i + 1 < width; i++)
        input[i] = features->numeric[i - bags * dim];
    input[width - 1] = 1.0f;
}

/* out [columns] += input [count] times weight [count][columns]. */
static void add_layer(float *out, const float *input, uint32_t count, const float *weight,
                      uint32_t columns) {
    for (uint32_t i = 0; i < count; i++)
        tr_add_scaled(out, weight + (size_t)i * columns, input[i], columns);
}

static int finish_embedding(float *out, uint32_t dim) {
    float square = tr_dot(out, out, dim);
    if (!(square > 0.0f) || !tr_finite(square))
        return 0;
    tr_normalise(out, dim);
    return 1;
}

/* The plain form: one list of inputs, a hidden layer, the embedding. */
static int embed_mlp(const tr_model *model, tt_tower tower, const tt_features *features,
                     float *out) {
    const tr_mlp_shape *shape = &model->mlp;
    uint32_t hidden = shape->hidden;
    const float *first = model->weight + shape->first[tower];
    const float *numeric =
        first + (size_t)(shape->inputs[tower] - 1 - model->numerics[tower]) * hidden;
    float *unit = calloc((size_t)hidden + 1, sizeof *unit);
    if (!unit)
        return 0;
    for (uint32_t i = 0; i < features->count[0]; i++)
        tr_add_scaled(unit, first + (size_t)features->entry[0][i].row * hidden,
                      features->entry[0][i].weight, hidden);
    add_layer(unit, features->numeric, model->numerics[tower], numeric, hidden);
    tr_add_scaled(unit, numeric + (size_t)model->numerics[tower] * hidden, 1.0f, hidden);
    for (uint32_t j = 0; j < hidden; j++)
        unit[j] = unit[j] > 0.0f ? unit[j] : 0.0f;
    unit[hidden] = 1.0f;
    memset(out, 0, shape->dim * sizeof *out);
    add_layer(out, unit, hidden + 1, model->weight + shape->second[tower], shape->dim);
    free(unit);
    return finish_embedding(out, shape->dim);
}

int tr_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out) {
    if (model->recipe == TR_MLP)
        return embed_mlp(model, tower, features, out);
    const tr_shape *shape = &model->shape;
    uint32_t width = shape->width[tower], hidden = tower == TT_USER ? shape->hidden : 0;
    float *input = malloc(((size_t)width + hidden + 1) * sizeof *input);
    if (!input)
        return 0;
    fill_input(model, tower, features, input);
    memset(out, 0, shape->dim * sizeof *out);
    add_layer(out, input, width, model->weight + (tower == TT_USER ? shape->skip : shape->item),
              shape->dim);
    if (hidden > 0) {
        float *unit = input + width;
        memset(unit, 0, hidden * sizeof *unit);
        add_layer(unit, input, width, model->weight + shape->first, hidden);
        for (uint32_t j = 0; j < hidden; j++)
            unit[j] = unit[j] > 0.0f ? unit[j] : 0.0f;
        unit[hidden] = 1.0f;
        add_layer(out, unit, hidden + 1, model->weight + shape->second, shape->dim);
    }
    free(input);
    return finish_embedding(out, shape->dim);
}

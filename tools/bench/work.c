/* SPDX-License-Identifier: MIT */
#include "bench/floor.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static float value_at(const uint8_t *data, tt_type type, size_t i) {
    uint32_t bits = 0;
    for (size_t b = 0, size = type == TT_F16 ? 2 : 4; b < size; b++)
        bits |= (uint32_t)data[i * size + b] << 8 * b;
    float single;
    memcpy(&single, &bits, sizeof single);
    return type == TT_F16 ? tt_half_to_float((uint16_t)bits) : single;
}

static void add_row(float *out, const uint8_t *matrix, tt_type type, size_t row, size_t n,
                    float weight) {
    for (size_t j = 0; j < n; j++)
        out[j] += weight * value_at(matrix, type, row * n + j);
}

/* Counts the inputs of one layer that are not 0, and fills its outputs. */
static void count_layer(floor_work *work, const tt_layer *layer, const float *in, const float *add,
                        float *out) {
    const size_t n = layer->_out, element = layer->_type == TT_F16 ? 2 : 4;
    for (size_t i = 0; layer->_weight && i < layer->_in; i++)
        if (in[i] != 0.0f) {
            add_row(out, layer->_weight, layer->_type, i, n, in[i]);
            work->dense_adds += (double)n;
            work->used_bytes += (double)(n * element);
        }
    for (size_t j = 0; j < n; j++) {
        out[j] += layer->_weight ? 0.0f : in[j];
        out[j] += layer->_bias ? value_at(layer->_bias, layer->_bias_type, j) : 0.0f;
        out[j] += add ? add[j] : 0.0f;
        if (layer->_activation == TT_RELU && !(out[j] > 0.0f))
            out[j] = 0.0f;
    }
}

static void count_row(floor_work *work, const tt_features *row) {
    const tt_tower_view *tower = work->tower;
    float *features =
        xcalloc((size_t)tower->_bags * tower->_width + tower->_numerics + 1, sizeof *features);
    float *layer[TT_MAX_LAYERS];
    for (uint32_t bag = 0; bag < tower->_bags; bag++)
        for (uint32_t e = 0; e < row->count[bag]; e++)
            add_row(features + (size_t)bag * tower->_width, tower->_table, tower->_table_type,
                    row->entry[bag][e].row, tower->_width, row->entry[bag][e].weight);
    for (uint32_t i = 0; i < tower->_layers; i++) {
        const tt_layer *one = &tower->_layer[i];
        layer[i] = xcalloc(one->_out, sizeof **layer);
        count_layer(work, one, one->_from < 0 ? features : layer[one->_from],
                    one->_add < 0 ? NULL : layer[one->_add], layer[i]);
    }
    for (uint32_t i = 0; i < tower->_layers; i++)
        free(layer[i]);
    free(features);
}

void floor_count(floor_work *work, const tt_model *model, tt_tower tower, const tt_features *row,
                 size_t rows) {
    *work = (floor_work){.tower = &model->_tower[tower]};
    for (uint32_t i = 0; i < work->tower->_layers; i++) {
        const tt_layer *layer = &work->tower->_layer[i];
        if (layer->_weight)
            work->weight_bytes +=
                (double)layer->_in * layer->_out * (layer->_type == TT_F16 ? 2 : 4);
    }
    for (size_t r = 0; r < rows; r++)
        count_row(work, &row[r]);
    work->dense_adds /= (double)(rows ? rows : 1);
    work->used_bytes /= (double)(rows ? rows : 1);
}

/* SPDX-License-Identifier: MIT */
#include "common/random.h"
#include "kernel/maths.h"
#include "mlp/net.h"

#include <string.h>

tr_mlp_shape tr_mlp_shape_of(uint32_t dim, uint32_t hidden, const uint32_t *features) {
    tr_mlp_shape shape = {.dim = dim, .hidden = hidden};
    for (int t = 0; t < TT_TOWERS; t++) {
        shape.second[t] = shape.count;
        shape.count += ((size_t)hidden + 1) * dim;
    }
    shape.log_scale = shape.count++;
    shape.bias = shape.count++;
    shape.dense = shape.count;
    for (int t = 0; t < TT_TOWERS; t++) {
        shape.inputs[t] = features[t] + 1;
        shape.first[t] = shape.count;
        shape.count += (size_t)shape.inputs[t] * hidden;
    }
    return shape;
}

static void fill_uniform(float *weight, size_t begin, size_t count, double bound, uint64_t seed) {
    uint64_t key = tr_random_key(seed, begin, TR_DRAW_INIT);
    for (size_t i = 0; i < count; i++)
        weight[begin + i] = (float)bound * (2.0f * tr_uniform(key, i) - 1.0f);
}

void tr_mlp_shape_init(const tr_mlp_shape *shape, float *weight, float scale, const float *present,
                       uint64_t seed) {
    size_t hidden = shape->hidden, dim = shape->dim;
    memset(weight, 0, shape->count * sizeof *weight);
    for (int t = 0; t < TT_TOWERS; t++) {
        fill_uniform(weight, shape->first[t], shape->inputs[t] * hidden,
                     1.0 / tr_sqrt((double)present[t]), seed);
        fill_uniform(weight, shape->second[t], (hidden + 1) * dim, 1.0 / tr_sqrt((double)hidden),
                     seed);
    }
    weight[shape->log_scale] = (float)tr_log((double)scale);
}

size_t tr_mlp_shape_tensors(const tr_mlp_shape *shape, float *weight, tr_tensor *tensor) {
    static const char *const name[TT_TOWERS][2] = {{"user_first", "user_second"},
                                                   {"item_first", "item_second"}};
    size_t count = 0;
    for (int t = 0; t < TT_TOWERS; t++)
        for (int layer = 0; layer < 2; layer++) {
            tr_tensor *to = &tensor[count++];
            *to = (tr_tensor){.type = TR_F32, .bias = 1};
            memcpy(to->name, name[t][layer], strlen(name[t][layer]));
            to->rows = layer == 0 ? shape->inputs[t] : shape->hidden + 1;
            to->columns = layer == 0 ? shape->hidden : shape->dim;
            to->data = weight + (layer == 0 ? shape->first[t] : shape->second[t]);
        }
    tensor[count++] = (tr_tensor){"log_scale", TR_F32, 1, 1, 0, weight + shape->log_scale};
    tensor[count++] = (tr_tensor){"bias", TR_F32, 1, 1, 0, weight + shape->bias};
    return count;
}

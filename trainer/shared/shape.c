/* SPDX-License-Identifier: MIT */
#include "shared/shape.h"
#include "common/random.h"
#include "kernel/maths.h"

#include <string.h>

tr_shape tr_shape_of(uint32_t dim, uint32_t hidden, uint32_t rows, const uint32_t *numerics) {
    tr_shape shape = {0};
    shape.dim = dim;
    shape.hidden = hidden;
    shape.rows = rows;
    shape.width[TT_ITEM] = dim + numerics[TT_ITEM] + 1;
    shape.width[TT_USER] = TT_MAX_BAGS * dim + numerics[TT_USER] + 1;
    shape.item = (size_t)rows * dim;
    shape.skip = shape.item + (size_t)shape.width[TT_ITEM] * dim;
    shape.first = shape.skip + (size_t)shape.width[TT_USER] * dim;
    shape.second = shape.first + (size_t)shape.width[TT_USER] * hidden;
    shape.log_scale = shape.second + (hidden ? (size_t)(hidden + 1) * dim : 0);
    shape.count = shape.log_scale + 1;
    return shape;
}

/* Normal numbers by Box and Muller; cos(pi t) of t in [0, 1) is distributed as
 * cos(2 pi t), which the formula has. */
static void fill_normal(float *weight, size_t begin, size_t count, double deviation,
                        uint64_t seed) {
    uint64_t key = tr_random_key(seed, begin, TR_DRAW_INIT);
    for (size_t i = 0; i < count; i++) {
        double u = (double)(tr_random(key, 2 * i) >> 11) * 0x1p-53 + 0x1p-54;
        double t = (double)(tr_random(key, 2 * i + 1) >> 11) * 0x1p-53;
        double normal = tr_sqrt(-2.0 * tr_log(u)) * tr_cos_pi(t);
        weight[begin + i] = (float)(deviation * normal);
    }
}

void tr_shape_init(const tr_shape *shape, float *weight, uint64_t seed) {
    size_t dim = shape->dim, hidden = shape->hidden, user_width = shape->width[TT_USER];
    memset(weight, 0, shape->count * sizeof *weight);
    fill_normal(weight, shape->table, shape->rows * dim, 0.05, seed);
    fill_normal(weight, shape->item + dim * dim, (shape->width[TT_ITEM] - 1 - dim) * dim, 0.05,
                seed);
    for (size_t i = 0; i < dim; i++) {
        weight[shape->item + i * dim + i] = 1.0f;
        weight[shape->skip + i * dim + i] = 1.0f;
    }
    if (hidden > 0) {
        double inputs = (double)(user_width - 1);
        fill_normal(weight, shape->first, (user_width - 1) * hidden, 1.0 / tr_sqrt(inputs), seed);
        fill_normal(weight, shape->second, hidden * dim, 0.1 / tr_sqrt((double)hidden), seed);
    }
    weight[shape->log_scale] = (float)tr_log(8.0);
}

static tr_tensor part(const char *name, float *data, uint32_t rows, uint32_t columns, int bias) {
    tr_tensor tensor = {{0}, TR_F32, rows, columns, bias, data};
    memcpy(tensor.name, name, strlen(name) + 1);
    return tensor;
}

size_t tr_shape_tensors(const tr_shape *shape, float *weight, tr_tensor *tensor) {
    uint32_t dim = shape->dim, item = shape->width[TT_ITEM], user = shape->width[TT_USER];
    size_t count = 0;
    tensor[count++] = part("table", weight + shape->table, shape->rows, dim, 0);
    tensor[count++] = part("item", weight + shape->item, item, dim, 1);
    tensor[count++] = part("user_skip", weight + shape->skip, user, dim, 1);
    if (shape->hidden > 0) {
        tensor[count++] = part("user_first", weight + shape->first, user, shape->hidden, 1);
        tensor[count++] = part("user_second", weight + shape->second, shape->hidden + 1, dim, 1);
    }
    tensor[count++] = part("log_scale", weight + shape->log_scale, 1, 1, 0);
    return count;
}

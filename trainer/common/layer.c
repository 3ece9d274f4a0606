/* SPDX-License-Identifier: MIT */
#include "common/layer.h"
#include "kernel/maths.h"
#include "kernel/rows.h"

void tr_layer_add(float *out, const float *input, uint32_t count, const float *weight,
                  uint32_t columns) {
    for (uint32_t i = 0; i < count; i++)
        tr_add_scaled(out, weight + (size_t)i * columns, input[i], columns);
}

void tr_layer_activate(float *unit, uint32_t count) {
    for (uint32_t j = 0; j < count; j++)
        unit[j] = unit[j] > 0.0f ? unit[j] : 0.0f;
    unit[count] = 1.0f;
}

int tr_layer_normalise(float *out, uint32_t dim) {
    float square = tr_dot(out, out, dim);
    if (!(square > 0.0f) || !tr_finite(square))
        return 0;
    tr_normalise(out, dim);
    return 1;
}

tt_dense tr_layer_f16(const uint16_t *half, size_t begin, uint32_t inputs, uint32_t columns) {
    return (tt_dense){half + begin, half + begin + (size_t)(inputs - 1) * columns};
}

/* SPDX-License-Identifier: MIT */
/* What lowering asks of a node: its inputs, attributes and constants. */
#include "codec/half.h"
#include "onnx/onnx.h"

tt_value *tt_node_input(tt_onnx *onnx, const tt_node *node, uint32_t i) {
    return i < node->inputs && node->input[i] != TT_NO_VALUE ? &onnx->value[node->input[i]] : NULL;
}

const tt_attribute *tt_node_attribute(const tt_onnx *onnx, tt_node *node, const char *name) {
    for (uint32_t i = 0; i < node->attributes; i++) {
        if (tt_span_is(onnx->bytes, node->attribute[i].name, name)) {
            node->taken++;
            return &node->attribute[i];
        }
    }
    return NULL;
}

tt_status tt_attribute_must(const tt_onnx *onnx, tt_node *node, const char *name,
                            tt_attribute_type type, uint64_t by_default, uint64_t wanted) {
    const tt_attribute *attribute = tt_node_attribute(onnx, node, name);
    if (attribute != NULL && attribute->type != (uint32_t)type) {
        return TT_ERR_TYPE;
    }
    return (attribute != NULL ? attribute->value : by_default) == wanted ? TT_OK : TT_ERR_OPERATOR;
}

tt_status tt_attribute_float(const tt_onnx *onnx, tt_node *node, const char *name, float by_default,
                             float *number) {
    const tt_attribute *attribute = tt_node_attribute(onnx, node, name);
    *number = attribute != NULL ? tt_bits_to_float((uint32_t)attribute->value) : by_default;
    return attribute != NULL && attribute->type != TT_ATTRIBUTE_FLOAT ? TT_ERR_TYPE : TT_OK;
}

int tt_is_columns(uint64_t axis) {
    return axis == 1 || axis == UINT64_MAX;
}

int tt_value_integer(const tt_onnx *onnx, const tt_value *value, uint32_t i, uint64_t *number) {
    if (value->kind != TT_IS_INITIALIZER || value->type != TT_ONNX_INT64 || value->rank > 1 ||
        i >= (value->rank == 0 ? 1 : value->dim[0])) {
        return 0;
    }
    if (value->has_data == TT_DATA_RAW) {
        *number = tt_load64(onnx->bytes + value->data.at + 8 * (size_t)i);
        return 1;
    }
    tt_wire wire = {onnx->bytes, value->data.at, value->data.at + value->data.len, onnx->len};
    for (uint32_t n = 0; n <= i; n++) {
        if (wire.at == wire.end || tt_wire_varint(&wire, number) != TT_OK) {
            return 0;
        }
    }
    return 1;
}

int tt_value_scalar(const tt_onnx *onnx, const tt_value *value, float *number) {
    const uint8_t *at = onnx->bytes + value->data.at;
    if (value->kind != TT_IS_INITIALIZER || value->rank > 2 || /* it would raise the other's rank */
        value->data.len != (value->type == TT_F16 ? 2u : 4u) ||
        (value->type != TT_F16 && value->type != TT_F32)) {
        return 0;
    }
    *number =
        value->type == TT_F16 ? tt_half_value(tt_load16(at)) : tt_bits_to_float(tt_load32(at));
    return 1;
}

tt_status tt_node_integer(tt_onnx *onnx, tt_node *node, uint32_t i, const char *name,
                          uint32_t since, uint64_t *number) {
    if (onnx->opset < since && node->inputs > i) {
        return TT_ERR_OPERATOR;
    }
    if (onnx->opset < since) {
        const tt_attribute *attribute = tt_node_attribute(onnx, node, name);
        if (attribute == NULL) {
            return TT_ERR_MISSING;
        }
        if (attribute->type != TT_ATTRIBUTE_INTS || attribute->count != 1) {
            return TT_ERR_TYPE;
        }
        *number = attribute->value;
        return TT_OK;
    }
    const tt_value *value = tt_node_input(onnx, node, i);
    if (value == NULL) {
        return TT_ERR_MISSING;
    }
    if (value->kind != TT_IS_INITIALIZER) {
        return TT_ERR_GRAPH;
    }
    if (value->type != TT_ONNX_INT64) {
        return TT_ERR_TYPE;
    }
    return value->rank == 1 && value->dim[0] == 1 && tt_value_integer(onnx, value, 0, number)
               ? TT_OK
               : TT_ERR_SHAPE;
}

tt_status tt_node_weight(tt_onnx *onnx, const tt_node *node, uint32_t i, tt_value **weight) {
    tt_value *value = tt_node_input(onnx, node, i);
    if (value == NULL) {
        return TT_ERR_MISSING;
    }
    if (value->kind != TT_IS_INITIALIZER) {
        return TT_ERR_GRAPH;
    }
    *weight = value;
    return value->type == TT_F32 || value->type == TT_F16 ? TT_OK : TT_ERR_TYPE;
}

/* SPDX-License-Identifier: MIT */
/* Lowering of the dense layers and of the norm after them. */
#include "onnx/onnx.h"

/* Dense weights are checked once, however often they are used. */
static tt_status weight_finite(tt_onnx *onnx, tt_value *weight) {
    uint32_t element = weight->type == TT_F16 ? 2 : 4;
    size_t count = weight->data.len / element;
    size_t first = weight->finite ? count
                                  : tt_first_nonfinite(onnx->bytes + weight->data.at,
                                                       (tt_type)weight->type, count);
    if (first < count) {
        return tt_onnx_fail(onnx, TT_ERR_NONFINITE, weight->data.at + (uint32_t)first * element,
                            TT_NO_NODE);
    }
    weight->finite = 1;
    return TT_OK;
}

/* out = in x weight, as a new layer without bias. */
static tt_status layer_open(tt_onnx *onnx, tt_model *model, const tt_value *in, uint32_t index,
                            tt_value *out) {
    tt_tower_view *tower = &model->_tower[in->tower];
    tt_value *weight = &onnx->value[index];
    if (in->kind != TT_IS_DENSE && in->kind != TT_IS_LAYER) {
        return TT_ERR_GRAPH;
    }
    uint32_t width = in->kind == TT_IS_LAYER ? tower->_layer[in->first]._out
                                             : tower->_bags * model->_width + tower->_numerics;
    if (weight->rank != 2 || weight->dim[0] != width) {
        return TT_ERR_SHAPE;
    }
    if (tower->_layers == TT_MAX_LAYERS) {
        return TT_ERR_LIMIT;
    }
    tt_status status = weight_finite(onnx, weight);
    if (status != TT_OK) {
        return status;
    }
    tt_layer *layer = &tower->_layer[tower->_layers];
    layer->_weight = onnx->bytes + weight->data.at;
    layer->_bias = NULL;
    layer->_type = (tt_type)weight->type;
    layer->_in = width;
    layer->_out = weight->dim[1];
    layer->_from = (int8_t)(in->kind == TT_IS_LAYER ? (int)in->first : -1);
    layer->_add = -1;
    layer->_relu = 0;
    out->kind = TT_IS_LAYER;
    out->tower = in->tower;
    out->first = tower->_layers++;
    return TT_OK;
}

static tt_status layer_bias(tt_onnx *onnx, tt_layer *layer, uint32_t index) {
    tt_value *bias = &onnx->value[index];
    int row = bias->rank == 2 && bias->dim[0] == 1;
    if ((bias->rank != 1 && !row) || bias->dim[bias->rank - 1] != layer->_out) {
        return TT_ERR_SHAPE;
    }
    if (bias->type != (uint32_t)layer->_type) {
        return TT_ERR_TYPE;
    }
    if (layer->_bias != NULL || layer->_add >= 0 || layer->_relu) {
        return TT_ERR_GRAPH;
    }
    layer->_bias = onnx->bytes + bias->data.at;
    return weight_finite(onnx, bias);
}

tt_status tt_lower_matmul(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint32_t index = 0;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_status status = tt_node_weight(onnx, node, 1, &index);
    if (status != TT_OK) {
        return status;
    }
    if (in->kind == TT_IS_SLICE || in->kind == TT_IS_INPUT) {
        return tt_lower_bag(onnx, model, in, index, out);
    }
    return layer_open(onnx, model, in, index, out);
}

tt_status tt_lower_gemm(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const uint64_t one = 0x3f800000; /* the bits of 1.0f */
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint32_t weight = 0, bias = 0;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_status status = tt_attribute_must(onnx, node, "alpha", TT_ATTRIBUTE_FLOAT, one, one);
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "beta", TT_ATTRIBUTE_FLOAT, one, one);
    }
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "transA", TT_ATTRIBUTE_INT, 0, 0);
    }
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "transB", TT_ATTRIBUTE_INT, 0, 0);
    }
    if (status == TT_OK) {
        status = tt_node_weight(onnx, node, 1, &weight);
    }
    if (status == TT_OK) {
        status = tt_node_weight(onnx, node, 2, &bias);
    }
    if (status == TT_OK) {
        status = layer_open(onnx, model, in, weight, out);
    }
    if (status != TT_OK) {
        return status;
    }
    return layer_bias(onnx, &model->_tower[out->tower]._layer[out->first], bias);
}

/* The layer behind a value that nothing but this node reads, or NULL. */
static tt_layer *sole_layer(tt_model *model, const tt_value *value) {
    return value->kind == TT_IS_LAYER && value->uses == 1
               ? &model->_tower[value->tower]._layer[value->first]
               : NULL;
}

tt_status tt_lower_relu(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_layer *layer = sole_layer(model, in);
    if (layer == NULL) {
        return TT_ERR_GRAPH;
    }
    layer->_relu = 1;
    out->kind = TT_IS_LAYER;
    out->tower = in->tower;
    out->first = in->first;
    return TT_OK;
}

/* A bias, or two layers: the later one takes in the earlier. */
tt_status tt_lower_add(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    uint32_t weight = 0, bias = 1;
    if (a == NULL || b == NULL) {
        return TT_ERR_MISSING;
    }
    if (a->kind != TT_IS_LAYER || (b->kind == TT_IS_LAYER && b->first > a->first)) {
        const tt_value *swap = a;
        a = b;
        b = swap;
        bias = 0;
    }
    tt_layer *layer = sole_layer(model, a);
    if (layer == NULL) {
        return TT_ERR_GRAPH;
    }
    out->kind = TT_IS_LAYER;
    out->tower = a->tower;
    out->first = a->first;
    if (b->kind != TT_IS_LAYER) {
        tt_status status = tt_node_weight(onnx, node, bias, &weight);
        return status == TT_OK ? layer_bias(onnx, layer, weight) : status;
    }
    if (b->tower != a->tower || layer->_add >= 0 || layer->_relu) {
        return TT_ERR_GRAPH;
    }
    layer->_add = (int8_t)b->first;
    return model->_tower[b->tower]._layer[b->first]._out == layer->_out ? TT_OK : TT_ERR_SHAPE;
}

tt_status tt_lower_norm(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint64_t axis = 0;
    (void)model;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    if (in->kind != TT_IS_LAYER) {
        return TT_ERR_GRAPH;
    }
    tt_status status = tt_node_integer(onnx, node, 1, "axes", 18, &axis);
    if (status != TT_OK) {
        return status;
    }
    out->kind = TT_IS_NORM;
    out->tower = in->tower;
    out->first = in->first;
    status = tt_attribute_must(onnx, node, "keepdims", TT_ATTRIBUTE_INT, 1, 1);
    return status == TT_OK && !tt_is_columns(axis) ? TT_ERR_OPERATOR : status;
}

tt_status tt_lower_div(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    (void)model;
    if (a == NULL || b == NULL) {
        return TT_ERR_MISSING;
    }
    if (a->kind != TT_IS_LAYER || b->kind != TT_IS_NORM || a->tower != b->tower ||
        a->first != b->first) {
        return TT_ERR_GRAPH;
    }
    out->kind = TT_IS_EMBEDDING;
    out->tower = a->tower;
    out->first = a->first;
    return TT_OK;
}

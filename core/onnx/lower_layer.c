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

/* A bag that is read alone is all the features, with nothing beside it. */
static void settle_bag(tt_model *model, tt_value *value) {
    tt_tower_view *tower = &model->_tower[value->tower];
    if (value->kind == TT_IS_BAG && value->first == 0 && tower->_bags == 0) {
        value->kind = TT_IS_DENSE;
        tower->_bags = 1;
    }
}

/* A new layer that reads `in` and, so far, gives it back; `out` is its output. */
static tt_status layer_open(tt_model *model, tt_value *in, tt_value *out) {
    tt_tower_view *tower = &model->_tower[in->tower];
    settle_bag(model, in);
    if (in->kind != TT_IS_DENSE && in->kind != TT_IS_LAYER) {
        return TT_ERR_GRAPH;
    }
    if (tower->_layers == TT_MAX_LAYERS) {
        return TT_ERR_LIMIT;
    }
    tt_layer *layer = &tower->_layer[tower->_layers];
    memset(layer, 0, sizeof *layer);
    layer->_in = in->kind == TT_IS_LAYER ? tower->_layer[in->first]._out
                                         : tower->_bags * tower->_width + tower->_numerics;
    layer->_out = layer->_in;
    layer->_from = (int8_t)(in->kind == TT_IS_LAYER ? (int)in->first : -1);
    layer->_add = -1;
    out->kind = TT_IS_LAYER;
    out->tower = in->tower;
    out->first = tower->_layers++;
    return TT_OK;
}

/* What a layer does, in the order in which it does it. */
typedef enum tt_step { TT_STEP_BIAS, TT_STEP_ADD, TT_STEP_ACTIVATE } tt_step;

/* Whether the layer takes `step` or a later one already. */
static int layer_past(const tt_layer *layer, tt_step step) {
    return layer->_activation != TT_LINEAR || (step <= TT_STEP_ADD && layer->_add >= 0) ||
           (step == TT_STEP_BIAS && layer->_bias != NULL);
}

/* The layer that may take `step`: the one that gave `in`, if nothing else reads
 * it, or else a new one; `out` is its output. */
static tt_status layer_take(tt_model *model, tt_value *in, tt_step step, tt_value *out,
                            tt_layer **layer) {
    tt_layer *held = model->_tower[in->tower]._layer;
    if (in->kind == TT_IS_LAYER && in->uses == 1 && !layer_past(&held[in->first], step)) {
        out->kind = TT_IS_LAYER;
        out->tower = in->tower;
        out->first = in->first;
    } else {
        tt_status status = layer_open(model, in, out);
        if (status != TT_OK) {
            return status;
        }
    }
    *layer = &held[out->first];
    return TT_OK;
}

/* out = in x weight: a bag of the features, or a new layer without bias. */
static tt_status lower_product(tt_onnx *onnx, tt_model *model, tt_value *in, uint32_t index,
                               int transposed, tt_value *out) {
    tt_value *weight = &onnx->value[index];
    if (in->kind == TT_IS_SLICE || in->kind == TT_IS_INPUT) {
        return tt_lower_bag(onnx, model, in, index, transposed, out);
    }
    tt_status status = layer_open(model, in, out);
    if (status == TT_OK) {
        status = weight_finite(onnx, weight);
    }
    if (status != TT_OK) {
        return status;
    }
    tt_layer *layer = &model->_tower[out->tower]._layer[out->first];
    if (weight->rank != 2 || weight->dim[transposed] != layer->_in) {
        return TT_ERR_SHAPE;
    }
    layer->_weight = onnx->bytes + weight->data.at;
    layer->_type = (tt_type)weight->type;
    layer->_out = weight->dim[!transposed];
    layer->_transposed = (uint8_t)transposed;
    return TT_OK;
}

static tt_status layer_bias(tt_onnx *onnx, tt_layer *layer, uint32_t index) {
    tt_value *bias = &onnx->value[index];
    int row = bias->rank == 2 && bias->dim[0] == 1;
    if ((bias->rank != 1 && !row) || bias->dim[bias->rank - 1] != layer->_out) {
        return TT_ERR_SHAPE;
    }
    layer->_bias = onnx->bytes + bias->data.at;
    layer->_bias_type = (tt_type)bias->type;
    return weight_finite(onnx, bias);
}

tt_status tt_lower_matmul(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    uint32_t index = 0;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_status status = tt_node_weight(onnx, node, 1, &index);
    return status == TT_OK ? lower_product(onnx, model, in, index, 0, out) : status;
}

/* transA is 0, alpha and beta are 1. */
static tt_status gemm_attributes(const tt_onnx *onnx, tt_node *node) {
    const uint64_t one = 0x3f800000; /* the bits of 1.0f */
    tt_status status = tt_attribute_must(onnx, node, "alpha", TT_ATTRIBUTE_FLOAT, one, one);
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "beta", TT_ATTRIBUTE_FLOAT, one, one);
    }
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "transA", TT_ATTRIBUTE_INT, 0, 0);
    }
    return status;
}

tt_status tt_lower_gemm(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    const tt_attribute *transposed = tt_node_attribute(onnx, node, "transB");
    uint32_t weight = 0, bias = 0;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    if (transposed != NULL && transposed->type != TT_ATTRIBUTE_INT) {
        return TT_ERR_TYPE;
    }
    tt_status status = gemm_attributes(onnx, node);
    if (status == TT_OK) {
        status = tt_node_weight(onnx, node, 1, &weight);
    }
    if (status == TT_OK) {
        status = lower_product(onnx, model, in, weight,
                               transposed != NULL && transposed->value != 0, out);
    }
    if (status != TT_OK || tt_node_input(onnx, node, 2) == NULL) {
        return status;
    }
    status = tt_node_weight(onnx, node, 2, &bias);
    if (status == TT_OK && out->kind == TT_IS_BAG) {
        status = layer_open(model, out, out);
    }
    return status == TT_OK ? layer_bias(onnx, &model->_tower[out->tower]._layer[out->first], bias)
                           : status;
}

tt_status tt_lower_relu(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    tt_layer *layer = NULL;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_status status = layer_take(model, in, TT_STEP_ACTIVATE, out, &layer);
    if (status == TT_OK) {
        layer->_activation = TT_RELU;
    }
    return status;
}

/* Two layers: the later one takes in the earlier. */
static tt_status add_layers(tt_model *model, tt_value *a, tt_value *b, tt_value *out) {
    tt_value *late = b->first > a->first ? b : a;
    uint32_t early = late == a ? b->first : a->first;
    tt_layer *layer = NULL;
    if (a->tower != b->tower) {
        return TT_ERR_GRAPH;
    }
    tt_status status = layer_take(model, late, TT_STEP_ADD, out, &layer);
    if (status != TT_OK) {
        return status;
    }
    layer->_add = (int8_t)early;
    return model->_tower[a->tower]._layer[early]._out == layer->_out ? TT_OK : TT_ERR_SHAPE;
}

/* A bias, on either side, or two layers. */
tt_status tt_lower_add(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    tt_layer *layer = NULL;
    uint32_t weight = 0;
    if (a == NULL || b == NULL) {
        return TT_ERR_MISSING;
    }
    if (a->kind == TT_IS_LAYER && b->kind == TT_IS_LAYER) {
        return add_layers(model, a, b, out);
    }
    int swapped = a->kind == TT_IS_INITIALIZER || a->kind == TT_IS_WEIGHT;
    tt_status status = tt_node_weight(onnx, node, !swapped, &weight);
    if (status == TT_OK) {
        status = layer_take(model, swapped ? b : a, TT_STEP_BIAS, out, &layer);
    }
    return status == TT_OK ? layer_bias(onnx, layer, weight) : status;
}

tt_status tt_lower_norm(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    uint64_t axis = 0;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    tt_status status = in->kind == TT_IS_LAYER ? TT_OK : layer_open(model, in, in);
    if (status != TT_OK) {
        return status;
    }
    status = tt_node_integer(onnx, node, 1, "axes", 18, &axis);
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

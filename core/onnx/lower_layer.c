/* SPDX-License-Identifier: MIT */
/* Lowering of products and sums: the layers. */
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

tt_status tt_layer_open(tt_model *model, tt_value *in, tt_value *out) {
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
    layer->_in = layer->_out = tt_value_width(model, in);
    layer->_from = (int8_t)(in->kind == TT_IS_LAYER ? (int)in->first : -1);
    layer->_add = -1;
    out->kind = TT_IS_LAYER;
    out->tower = in->tower;
    out->first = tower->_layers++;
    return TT_OK;
}

/* Whether the layer takes `step` or a later one already. */
static int layer_past(const tt_layer *layer, tt_step step) {
    return layer->_activation != TT_LINEAR || (step <= TT_STEP_ADD && layer->_add >= 0) ||
           (step == TT_STEP_BIAS && layer->_bias != NULL);
}

tt_status tt_layer_take(tt_model *model, tt_value *in, tt_step step, tt_value *out,
                        tt_layer **layer) {
    tt_layer *held = model->_tower[in->tower]._layer;
    if (in->kind == TT_IS_LAYER && in->uses == 1 && !layer_past(&held[in->first], step)) {
        out->kind = TT_IS_LAYER;
        out->tower = in->tower;
        out->first = in->first;
    } else {
        tt_status status = tt_layer_open(model, in, out);
        if (status != TT_OK) {
            return status;
        }
    }
    *layer = &held[out->first];
    return TT_OK;
}

/* out = in x weight: a bag of the features, or a new layer without bias. */
static tt_status lower_product(tt_onnx *onnx, tt_model *model, tt_value *in, tt_value *weight,
                               int transposed, tt_value *out) {
    transposed ^= weight->transposed;
    if (in->kind == TT_IS_SLICE || in->kind == TT_IS_INPUT) {
        return tt_lower_bag(onnx, model, in, weight, transposed, out);
    }
    tt_status status = tt_layer_open(model, in, out);
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

static tt_status layer_bias(tt_onnx *onnx, tt_layer *layer, tt_value *bias) {
    int row = bias->rank == 2 && bias->dim[0] == 1;
    if ((bias->rank != 1 && !row) || bias->dim[bias->rank - 1] != layer->_out || bias->transposed) {
        return TT_ERR_SHAPE;
    }
    layer->_bias = onnx->bytes + bias->data.at;
    layer->_bias_type = (tt_type)bias->type;
    return weight_finite(onnx, bias);
}

tt_status tt_lower_matmul(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *weight = NULL;
    tt_status status = tt_node_weight(onnx, node, 1, &weight);
    return status == TT_OK
               ? lower_product(onnx, model, tt_node_input(onnx, node, 0), weight, 0, out)
               : status;
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
    const tt_attribute *trans = tt_node_attribute(onnx, node, "transB");
    tt_value *weight = NULL, *bias = NULL;
    if (trans != NULL && trans->type != TT_ATTRIBUTE_INT) {
        return TT_ERR_TYPE;
    }
    tt_status status = gemm_attributes(onnx, node);
    if (status == TT_OK) {
        status = tt_node_weight(onnx, node, 1, &weight);
    }
    if (status == TT_OK) {
        status = lower_product(onnx, model, tt_node_input(onnx, node, 0), weight,
                               trans != NULL && trans->value != 0, out);
    }
    if (status != TT_OK || tt_node_input(onnx, node, 2) == NULL) {
        return status;
    }
    status = tt_node_weight(onnx, node, 2, &bias);
    if (status == TT_OK && out->kind == TT_IS_BAG) {
        status = tt_layer_open(model, out, out);
    }
    return status == TT_OK ? layer_bias(onnx, &model->_tower[out->tower]._layer[out->first], bias)
                           : status;
}

/* Two layers: the later one takes in the earlier. */
static tt_status add_layers(tt_model *model, tt_value *a, tt_value *b, tt_value *out) {
    tt_value *late = b->first > a->first ? b : a;
    uint32_t early = late == a ? b->first : a->first;
    tt_layer *layer = NULL;
    if (a->tower != b->tower) {
        return TT_ERR_GRAPH;
    }
    tt_status status = tt_layer_take(model, late, TT_STEP_ADD, out, &layer);
    if (status != TT_OK) {
        return status;
    }
    layer->_add = (int8_t)early;
    return model->_tower[a->tower]._layer[early]._out == layer->_out ? TT_OK : TT_ERR_SHAPE;
}

/* A bias, on either side, or two layers, or a part of an activation. */
tt_status tt_lower_add(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    tt_layer *layer = NULL;
    tt_value *weight = NULL;
    uint32_t swapped = a->kind == TT_IS_INITIALIZER;
    tt_value *in = swapped ? b : a;
    if (a->kind == TT_IS_LAYER && b->kind == TT_IS_LAYER) {
        return add_layers(model, a, b, out);
    }
    if (in->kind == TT_IS_SQUARES || in->kind == TT_IS_NORM) {
        return tt_lower_plus(onnx, in, swapped ? a : b, out);
    }
    if (in->kind != TT_IS_LAYER && in->kind != TT_IS_BAG && in->kind != TT_IS_DENSE) {
        return tt_lower_pattern(onnx, model, node, out);
    }
    tt_status status = tt_node_weight(onnx, node, !swapped, &weight);
    if (status == TT_OK) {
        status = tt_layer_take(model, in, TT_STEP_BIAS, out, &layer);
    }
    return status == TT_OK ? layer_bias(onnx, layer, weight) : status;
}

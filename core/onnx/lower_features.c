/* SPDX-License-Identifier: MIT */
/* Lowering of the operators between the input and the dense layers. */
#include "onnx/onnx.h"

tt_status tt_lower_cast(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    (void)model;
    if (in == NULL) {
        return TT_ERR_MISSING;
    }
    if (in->kind != TT_IS_INITIALIZER) {
        return TT_ERR_GRAPH;
    }
    if (in->type == TT_ONNX_INT64) {
        return TT_ERR_TYPE;
    }
    out->kind = TT_IS_WEIGHT;
    out->first = node->input[0];
    return tt_attribute_must(onnx, node, "to", TT_ATTRIBUTE_INT, 0, TT_F32);
}

/* An end or start of a slice, as ONNX counts: negative from the end, then clamped. */
static uint32_t slice_bound(uint64_t bound, uint32_t width) {
    if (bound >> 63) {
        bound += width;
        return bound >> 63 ? 0 : (uint32_t)bound;
    }
    return bound > width ? width : (uint32_t)bound;
}

tt_status tt_lower_slice(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    uint64_t start = 0, end = 0, axis = 0, step = 1;
    const tt_value *in = tt_node_input(onnx, node, 0);
    (void)model;
    if (in == NULL || in->kind != TT_IS_INPUT) {
        return in == NULL ? TT_ERR_MISSING : TT_ERR_GRAPH;
    }
    tt_status status = tt_node_integer(onnx, node, 1, "starts", 10, &start);
    if (status == TT_OK) {
        status = tt_node_integer(onnx, node, 2, "ends", 10, &end);
    }
    if (status == TT_OK) {
        status = tt_node_integer(onnx, node, 3, "axes", 10, &axis);
    }
    if (status == TT_OK && tt_node_input(onnx, node, 4) != NULL) {
        status = tt_node_integer(onnx, node, 4, "steps", 10, &step);
    }
    if (status != TT_OK) {
        return status;
    }
    out->kind = TT_IS_SLICE;
    out->tower = in->tower;
    out->first = slice_bound(start, in->dim[1]);
    out->last = slice_bound(end, in->dim[1]);
    if (!tt_is_columns(axis) || step != 1) {
        return TT_ERR_OPERATOR;
    }
    return out->first < out->last ? TT_OK : TT_ERR_SHAPE;
}

/* A bag: a whole-table run of the features times the one table of the tower. */
tt_status tt_lower_bag(tt_onnx *onnx, tt_model *model, const tt_value *in, uint32_t index,
                       int transposed, tt_value *out) {
    const tt_value *table = &onnx->value[index];
    tt_tower_view *tower = &model->_tower[in->tower];
    uint32_t from = in->kind == TT_IS_SLICE ? in->first : 0;
    uint32_t to = in->kind == TT_IS_SLICE ? in->last : in->dim[1];
    if (onnx->table[in->tower] == TT_NO_VALUE) {
        if (table->rank != 2) {
            return TT_ERR_SHAPE;
        }
        onnx->table[in->tower] = index;
        tower->_table = onnx->bytes + table->data.at;
        tower->_table_type = (tt_type)table->type;
        tower->_rows = table->dim[transposed];
        tower->_width = table->dim[!transposed];
        tower->_transposed = (uint8_t)transposed;
    }
    if (onnx->table[in->tower] != index || tower->_transposed != transposed) {
        return TT_ERR_GRAPH;
    }
    if (to - from != tower->_rows || from % tower->_rows != 0) {
        return TT_ERR_SHAPE;
    }
    out->kind = TT_IS_BAG;
    out->tower = in->tower;
    out->first = from / tower->_rows;
    return out->first < TT_MAX_BAGS ? TT_OK : TT_ERR_LIMIT;
}

/* Bags in order and then the numerics: together, every feature once. */
tt_status tt_lower_concat(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    uint32_t bags = 0, covered = 0, width = 0;
    const tt_attribute *axis = tt_node_attribute(onnx, node, "axis");
    if (axis == NULL) {
        return TT_ERR_MISSING;
    }
    if (axis->type != TT_ATTRIBUTE_INT || !tt_is_columns(axis->value)) {
        return axis->type != TT_ATTRIBUTE_INT ? TT_ERR_TYPE : TT_ERR_OPERATOR;
    }
    for (uint32_t i = 0; i < node->inputs; i++) {
        const tt_value *in = tt_node_input(onnx, node, i);
        if (in == NULL) {
            return TT_ERR_MISSING;
        }
        if (i > 0 && in->tower != out->tower) {
            return TT_ERR_GRAPH;
        }
        out->tower = in->tower;
        if (in->kind == TT_IS_BAG && in->first == i) {
            bags++;
            covered += model->_tower[in->tower]._rows;
        } else if (in->kind == TT_IS_SLICE && bags > 0 && i + 1 == node->inputs &&
                   in->first == covered) {
            width = in->last - in->first;
            covered = in->last;
        } else {
            return TT_ERR_GRAPH;
        }
    }
    tt_tower_view *tower = &model->_tower[out->tower];
    if (bags == 0 || tower->_bags != 0) {
        return TT_ERR_GRAPH;
    }
    if (width > TT_MAX_NUMERICS) {
        return TT_ERR_LIMIT;
    }
    out->kind = TT_IS_DENSE;
    out->last = covered;
    tower->_bags = bags;
    tower->_numerics = width;
    return TT_OK;
}

/* SPDX-License-Identifier: MIT */
/*
 * Step 3: the graph becomes towers.  Nodes are taken in order; each gives its
 * output value a meaning (tt_kind) from the meanings of its inputs, so names of
 * intermediate values do not matter.  Relu and Add fold into the layer before
 * them, which nothing else may then read.
 */
#include "onnx/onnx.h"

/* ---- Operands and attributes ----------------------------------------------------- */

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

/* An attribute that must have (or default to) one value. */
tt_status tt_attribute_must(const tt_onnx *onnx, tt_node *node, const char *name,
                            tt_attribute_type type, uint64_t by_default, uint64_t wanted) {
    const tt_attribute *attribute = tt_node_attribute(onnx, node, name);
    if (attribute != NULL && attribute->type != (uint32_t)type) {
        return TT_ERR_TYPE;
    }
    return (attribute != NULL ? attribute->value : by_default) == wanted ? TT_OK : TT_ERR_OPERATOR;
}

/* Columns are axis 1 of 2. */
int tt_is_columns(uint64_t axis) {
    return axis == 1 || axis == UINT64_MAX;
}

/* One integer: in opset `since` and later input `i`, before it attribute `name`. */
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
    if (value->rank != 1 || value->dim[0] != 1) {
        return TT_ERR_SHAPE;
    }
    *number = tt_load64(onnx->bytes + value->data.at);
    return TT_OK;
}

/* The initializer behind input `i`: float32 as it is, half precision through Cast. */
tt_status tt_node_weight(tt_onnx *onnx, const tt_node *node, uint32_t i, uint32_t *index) {
    const tt_value *value = tt_node_input(onnx, node, i);
    if (value == NULL) {
        return TT_ERR_MISSING;
    }
    if (value->kind == TT_IS_INITIALIZER && value->type != TT_F32) {
        return TT_ERR_TYPE;
    }
    if (value->kind != TT_IS_INITIALIZER && value->kind != TT_IS_WEIGHT) {
        return TT_ERR_GRAPH;
    }
    *index = value->kind == TT_IS_WEIGHT ? value->first : node->input[i];
    return TT_OK;
}

static const struct lower_operator {
    const char *name;
    uint32_t inputs; /* at most */
    tt_lower_operator *lower;
} lower_operators[] = {
    {"Add", 2, tt_lower_add},
    {"Cast", 1, tt_lower_cast},
    {"Concat", TT_NODE_INPUTS, tt_lower_concat},
    {"Div", 2, tt_lower_div},
    {"Gemm", 3, tt_lower_gemm},
    {"MatMul", 2, tt_lower_matmul},
    {"ReduceL2", 2, tt_lower_norm},
    {"Relu", 1, tt_lower_relu},
    {"Slice", 5, tt_lower_slice},
};

static tt_status lower_node(tt_onnx *onnx, tt_model *model, tt_node *node) {
    const size_t count = sizeof lower_operators / sizeof lower_operators[0];
    for (size_t i = 0; i < count; i++) {
        const struct lower_operator *op = &lower_operators[i];
        if (tt_span_is(onnx->bytes, node->op, op->name)) {
            if (node->inputs > op->inputs) {
                return TT_ERR_OPERATOR;
            }
            tt_status status = op->lower(onnx, model, node, &onnx->value[node->output]);
            /* An attribute that was not looked at could mean anything. */
            return status == TT_OK && node->taken != node->attributes ? TT_ERR_OPERATOR : status;
        }
    }
    return TT_ERR_OPERATOR;
}

/* A graph output must be the embedding of one tower, from its last layer. */
static tt_status lower_output(const tt_onnx *onnx, tt_model *model, const tt_value *output) {
    const tt_value *value = &onnx->value[output->first];
    if (value->kind != TT_IS_EMBEDDING) {
        return TT_ERR_GRAPH;
    }
    tt_tower_view *tower = &model->_tower[value->tower];
    if (tower->_present) {
        return TT_ERR_DUPLICATE;
    }
    if (value->first + 1 != tower->_layers) {
        return TT_ERR_GRAPH;
    }
    uint32_t out = tower->_layer[value->first]._out;
    if ((output->rank == 2 && output->dim[1] != 0 && output->dim[1] != out) ||
        (model->_out != 0 && model->_out != out)) {
        return TT_ERR_SHAPE;
    }
    tower->_present = 1;
    model->_out = out;
    return TT_OK;
}

/* Every feature of each input is used: by a bag, or as a number. */
static tt_status lower_inputs(tt_onnx *onnx, const tt_model *model) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        const tt_value *value = &onnx->value[i];
        if (value->kind == TT_IS_INPUT) {
            const tt_tower_view *tower = &model->_tower[value->tower];
            uint64_t width = (uint64_t)tower->_bags * tower->_rows + tower->_numerics;
            if (!tower->_present || width != value->dim[1]) {
                tt_status status = tower->_present ? TT_ERR_SHAPE : TT_ERR_GRAPH;
                return tt_onnx_fail(onnx, status, value->offset, TT_NO_NODE);
            }
        }
    }
    return TT_OK;
}

tt_status tt_onnx_lower(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < onnx->nodes; i++) {
        tt_status status = lower_node(onnx, model, &onnx->node[i]);
        if (status != TT_OK) {
            uint32_t offset =
                onnx->error.status == TT_OK ? onnx->node[i].offset : (uint32_t)onnx->error.offset;
            return tt_onnx_fail(onnx, status, offset, i);
        }
    }
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        tt_status status = lower_output(onnx, model, &onnx->output[i]);
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, onnx->output[i].offset, TT_NO_NODE);
        }
    }
    return lower_inputs(onnx, model);
}

/* SPDX-License-Identifier: MIT */
/*
 * Step 3: the graph becomes towers.  Nodes are taken in order; each gives its
 * output value a meaning (tt_kind) from the meanings of its inputs, so names of
 * intermediate values do not matter.  A node that has no meaning here gives a
 * refused value; that matters only if an embedding is made of it.
 */
#include "onnx/onnx.h"

static const struct lower_operator {
    const char *name;
    uint32_t least, most; /* inputs */
    tt_lower_operator *lower;
} lower_operators[] = {
    {"Abs", 1, 1, tt_lower_pattern},
    {"Add", 2, 2, tt_lower_add},
    {"Cast", 1, 1, tt_lower_cast},
    {"Clip", 1, 3, tt_lower_clip},
    {"Concat", 1, TT_NODE_INPUTS, tt_lower_concat},
    {"Div", 2, 2, tt_lower_pattern},
    {"Dropout", 1, 2, tt_lower_alias},
    {"Erf", 1, 1, tt_lower_pattern},
    {"Expand", 2, 2, tt_lower_pattern},
    {"Flatten", 1, 1, tt_lower_reshape},
    {"Gather", 2, 2, tt_lower_gather},
    {"Gelu", 1, 1, tt_lower_activation},
    {"Gemm", 2, 3, tt_lower_gemm},
    {"Identity", 1, 1, tt_lower_alias},
    {"LeakyRelu", 1, 1, tt_lower_activation},
    {"LpNormalization", 1, 1, tt_lower_lp},
    {"MatMul", 2, 2, tt_lower_matmul},
    {"Max", 2, 2, tt_lower_max},
    {"Mul", 2, 2, tt_lower_mul},
    {"Pow", 2, 2, tt_lower_pattern},
    {"ReduceL2", 1, 2, tt_lower_pattern},
    {"ReduceSum", 1, 2, tt_lower_pattern},
    {"ReduceSumSquare", 1, 2, tt_lower_pattern},
    {"Relu", 1, 1, tt_lower_activation},
    {"Reshape", 2, 2, tt_lower_reshape},
    {"Shape", 1, 1, tt_lower_shape},
    {"Sigmoid", 1, 1, tt_lower_activation},
    {"Slice", 1, 5, tt_lower_slice},
    {"Sqrt", 1, 1, tt_lower_pattern},
    {"Tanh", 1, 1, tt_lower_activation},
    {"Transpose", 1, 1, tt_lower_transpose},
    {"Unsqueeze", 1, 2, tt_lower_unsqueeze},
};

/* ---- Nodes ------------------------------------------------------------------------ */

static int is_float(uint32_t type) {
    return type == TT_F32 || type == TT_F16;
}

/* The float inputs of a node have one type, which is that of its output. */
static tt_status agree_types(tt_onnx *onnx, const tt_node *node, tt_value *out) {
    uint32_t type = 0;
    for (uint32_t i = 0; i < node->inputs; i++) {
        const tt_value *in = tt_node_input(onnx, node, i);
        uint32_t as = in == NULL ? 0 : in->as != 0 ? in->as : in->type;
        if (is_float(as) && type != 0 && as != type) {
            return TT_ERR_TYPE;
        }
        type = is_float(as) ? as : type;
    }
    out->as = out->as == 0 ? type : out->as;
    return TT_OK;
}

static tt_status lower_node(tt_onnx *onnx, tt_model *model, tt_node *node) {
    const size_t count = sizeof lower_operators / sizeof lower_operators[0];
    const struct lower_operator *op = lower_operators;
    tt_value *out = &onnx->value[node->output];
    while (op < lower_operators + count && !tt_span_is(onnx->bytes, node->op, op->name)) {
        op++;
    }
    if (op == lower_operators + count || node->inputs > op->most) {
        return TT_ERR_OPERATOR;
    }
    for (uint32_t i = 0; i < op->least; i++) {
        if (tt_node_input(onnx, node, i) == NULL) {
            return TT_ERR_MISSING;
        }
    }
    tt_status status = op->lower(onnx, model, node, out);
    if (status == TT_OK) {
        status = agree_types(onnx, node, out);
    }
    /* An attribute that was not looked at could mean anything. */
    return status == TT_OK && node->taken != node->attributes ? TT_ERR_OPERATOR : status;
}

/* The first input that was refused itself, or NULL. */
static const tt_value *refused_input(tt_onnx *onnx, const tt_node *node) {
    for (uint32_t i = 0; i < node->inputs; i++) {
        const tt_value *in = tt_node_input(onnx, node, i);
        if (in != NULL && in->kind == TT_IS_REFUSED) {
            return in;
        }
    }
    return NULL;
}

static void lower_nodes(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < onnx->nodes; i++) {
        tt_node *node = &onnx->node[i];
        tt_value *out = &onnx->value[node->output];
        if (out->kind == TT_IS_INITIALIZER) {
            continue;
        }
        const tt_value *cause = refused_input(onnx, node);
        tt_status status = cause == NULL ? lower_node(onnx, model, node) : TT_OK;
        if (cause != NULL) {
            out->kind = TT_IS_REFUSED;
            out->first = cause->first;
            out->last = cause->last;
            out->offset = cause->offset;
        } else if (status != TT_OK) {
            out->kind = TT_IS_REFUSED;
            out->first = i;
            out->last = (uint32_t)status;
            out->offset = onnx->error.status == TT_OK ? node->offset : (uint32_t)onnx->error.offset;
            onnx->error.status = TT_OK;
        }
    }
}

/* ---- Inputs and outputs ------------------------------------------------------------- */

/* TT_USER or TT_ITEM by the beginning of a name, or TT_TOWERS. */
static uint32_t tower_of_name(const tt_onnx *onnx, tt_span name) {
    tt_span start = {name.at, name.len < 4 ? name.len : 4};
    return tt_span_is(onnx->bytes, start, "user")   ? (uint32_t)TT_USER
           : tt_span_is(onnx->bytes, start, "item") ? (uint32_t)TT_ITEM
                                                    : (uint32_t)TT_TOWERS;
}

/* Gives a tower to the inputs of which output `index` is made, unless they have one. */
static void claim_inputs(tt_onnx *onnx, uint32_t index, uint32_t tower) {
    uint8_t reached[TT_MAX_VALUES];
    memset(reached, 0, sizeof reached);
    reached[onnx->output[index].first] = 1;
    for (uint32_t i = onnx->nodes; i > 0; i--) {
        const tt_node *node = &onnx->node[i - 1];
        for (uint32_t j = 0; reached[node->output] && j < node->inputs; j++) {
            if (node->input[j] != TT_NO_VALUE) {
                reached[node->input[j]] = 1;
            }
        }
    }
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        if (reached[i] && onnx->value[i].kind == TT_IS_INPUT && onnx->value[i].tower == TT_TOWERS) {
            onnx->value[i].tower = (uint8_t)tower;
        }
    }
}

/* Towers are told apart by the names of inputs, or else of outputs, or else by
 * the order of outputs: user, item; a single one is of items. */
static tt_status lower_inputs(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        if (onnx->value[i].kind == TT_IS_INPUT) {
            onnx->value[i].tower = (uint8_t)tower_of_name(onnx, onnx->names.name[i]);
        }
    }
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        uint32_t tower = tower_of_name(onnx, onnx->output_name[i]);
        uint32_t by_order = i == 0 && onnx->outputs > 1 ? TT_USER : TT_ITEM;
        claim_inputs(onnx, i, tower < TT_TOWERS ? tower : by_order);
    }
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        const tt_value *value = &onnx->value[i];
        if (value->kind != TT_IS_INPUT) {
            continue;
        }
        if (value->tower == TT_TOWERS) { /* nothing is made of it */
            return tt_onnx_fail(onnx, TT_ERR_GRAPH, value->offset, TT_NO_NODE);
        }
        if (model->_inputs == TT_MAX_INPUTS) {
            return tt_onnx_fail(onnx, TT_ERR_LIMIT, value->offset, TT_NO_NODE);
        }
        tt_tensor *input = &model->_input[model->_inputs++];
        input->name.at = (const char *)onnx->bytes + onnx->names.name[i].at;
        input->name.len = onnx->names.name[i].len;
        input->type = (tt_type)value->type;
        input->tower = (tt_tower)value->tower;
        input->first = i; /* its value, until columns are known */
    }
    return TT_OK;
}

/* All columns of the inputs are used: by a bag, or as numbers. */
static tt_status lower_columns(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < model->_inputs; i++) {
        tt_tensor *input = &model->_input[i];
        const tt_value *value = &onnx->value[input->first];
        const tt_tower_view *tower = &model->_tower[input->tower];
        uint64_t width = (uint64_t)tower->_bags * tower->_rows + tower->_numerics;
        if (!tower->_present || !value->placed || width != onnx->columns[input->tower]) {
            tt_status status = tower->_present ? TT_ERR_SHAPE : TT_ERR_GRAPH;
            return tt_onnx_fail(onnx, status, value->offset, TT_NO_NODE);
        }
        input->first = value->first;
        input->columns = value->last - value->first;
    }
    return TT_OK;
}

/* The embedding of a tower, from its last layer. */
static tt_status lower_embedding(const tt_onnx *onnx, tt_model *model, uint32_t index) {
    const tt_value *output = &onnx->output[index], *value = &onnx->value[output->first];
    tt_tower_view *tower = &model->_tower[value->tower];
    tt_tensor *made = &model->_output[value->tower];
    uint32_t out = tower->_layer[value->first]._out;
    if (tower->_present) {
        return TT_ERR_DUPLICATE;
    }
    if (output->type != value->as) {
        return TT_ERR_TYPE;
    }
    if ((output->rank != 0 && output->rank != 2) ||
        (output->rank == 2 && output->dim[1] != 0 && output->dim[1] != out) ||
        (model->_out != 0 && model->_out != out)) {
        return TT_ERR_SHAPE;
    }
    made->name.at = (const char *)onnx->bytes + onnx->output_name[index].at;
    made->name.len = onnx->output_name[index].len;
    made->type = (tt_type)output->type;
    made->tower = (tt_tower)value->tower;
    made->columns = out;
    tower->_present = 1;
    tower->_layers = value->first + 1; /* later ones are of other outputs */
    model->_out = out;
    return TT_OK;
}

/* Whether every input belongs to a tower that is whole. */
static int all_present(const tt_model *model) {
    int present = model->_inputs > 0;
    for (uint32_t i = 0; i < model->_inputs; i++) {
        present = present && model->_tower[model->_input[i].tower]._present;
    }
    return present;
}

/* Outputs that are no embeddings, as scores, are left out when all inputs have one. */
static tt_status lower_outputs(tt_onnx *onnx, tt_model *model) {
    tt_error first = {TT_OK, 0, TT_NO_NODE};
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        const tt_value *value = &onnx->value[onnx->output[i].first];
        tt_error error = {TT_ERR_GRAPH, onnx->output[i].offset, TT_NO_NODE};
        if (value->kind == TT_IS_EMBEDDING) {
            error.status = lower_embedding(onnx, model, i);
            if (error.status != TT_OK) {
                return tt_onnx_fail(onnx, error.status, (uint32_t)error.offset, TT_NO_NODE);
            }
        } else if (value->kind == TT_IS_REFUSED) {
            error.status = (tt_status)value->last;
            error.offset = value->offset;
            error.node = value->first;
        }
        if (first.status == TT_OK) {
            first = error;
        }
    }
    if (!all_present(model) && first.status != TT_OK) {
        return tt_onnx_fail(onnx, first.status, (uint32_t)first.offset, first.node);
    }
    return TT_OK;
}

tt_status tt_onnx_lower(tt_onnx *onnx, tt_model *model) {
    tt_status status = lower_inputs(onnx, model);
    if (status != TT_OK) {
        return status;
    }
    lower_nodes(onnx, model);
    status = lower_outputs(onnx, model);
    return status == TT_OK ? lower_columns(onnx, model) : status;
}

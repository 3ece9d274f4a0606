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
    {"Expand", 2, 2, tt_lower_expand},
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
    {"Reciprocal", 1, 1, tt_lower_pattern},
    {"Reshape", 2, 2, tt_lower_reshape},
    {"Shape", 1, 1, tt_lower_shape},
    {"Sigmoid", 1, 1, tt_lower_activation},
    {"Slice", 1, 5, tt_lower_slice},
    {"Sqrt", 1, 1, tt_lower_pattern},
    {"Squeeze", 1, 2, tt_lower_squeeze},
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
        if (out->kind == TT_IS_INITIALIZER || !out->live) {
            continue; /* what no embedding is made of changes nothing */
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

/* The node that gives a value, or TT_NO_NODE. */
static uint32_t node_of(const tt_onnx *onnx, uint32_t value) {
    uint32_t i = 0;
    while (i < onnx->nodes && onnx->node[i].output != value) {
        i++;
    }
    return i < onnx->nodes ? i : TT_NO_NODE;
}

static tt_status check_live(tt_onnx *onnx) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        const tt_value *value = &onnx->value[i];
        if (value->live && value->fault != TT_OK) {
            return tt_onnx_fail(onnx, (tt_status)value->fault, value->fault_at, node_of(onnx, i));
        }
    }
    return TT_OK;
}

/* Inputs of which no embedding is made are passed over. */
static tt_status lower_inputs(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        const tt_value *value = &onnx->value[i];
        if (value->kind != TT_IS_INPUT || !value->live) {
            continue;
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

/* The embedding of a tower, from its last layer: that, or that divided by its norm. */
static tt_status lower_embedding(const tt_onnx *onnx, tt_model *model, uint32_t index) {
    const tt_value *output = &onnx->output[index], *value = &onnx->value[output->first];
    tt_tower_view *tower = &model->_tower[value->tower];
    tt_tensor *made = &model->_output[value->tower];
    uint32_t out = tower->_layer[value->first]._out;
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
    if (value->kind == TT_IS_EMBEDDING) {
        tower->_floor = tt_bits_to_float(value->last);
        tower->_inside = tt_bits_to_float(value->dim[0]);
        tower->_beside = tt_bits_to_float(value->dim[1]);
        tower->_least = tt_bits_to_float(value->dim[2]);
    } else {
        tower->_plain = 1;
    }
    tower->_layers = value->first + 1; /* later ones are of other outputs */
    model->_out = out;
    return TT_OK;
}

static tt_status lower_outputs(tt_onnx *onnx, tt_model *model) {
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        tt_value *value = &onnx->value[onnx->output[i].first];
        tt_error refusal = {TT_ERR_GRAPH, onnx->output[i].offset, TT_NO_NODE};
        if (onnx->output[i].tower == TT_TOWERS) {
            continue;
        }
        if (value->kind == TT_IS_BAG || value->kind == TT_IS_DENSE) {
            refusal.status = tt_layer_open(model, value, value);
        }
        if (value->kind == TT_IS_EMBEDDING || value->kind == TT_IS_LAYER) {
            refusal.status = lower_embedding(onnx, model, i);
        } else if (value->kind == TT_IS_REFUSED) {
            refusal.status = (tt_status)value->last;
            refusal.offset = value->offset;
            refusal.node = value->first;
        }
        if (refusal.status != TT_OK) {
            return tt_onnx_fail(onnx, refusal.status, (uint32_t)refusal.offset, refusal.node);
        }
    }
    return TT_OK;
}

tt_status tt_onnx_lower(tt_onnx *onnx, tt_model *model) {
    tt_status status = tt_onnx_roles(onnx);
    if (status == TT_OK) {
        status = check_live(onnx);
    }
    if (status == TT_OK) {
        status = lower_inputs(onnx, model);
    }
    if (status != TT_OK) {
        return status;
    }
    lower_nodes(onnx, model);
    status = lower_outputs(onnx, model);
    return status == TT_OK ? lower_columns(onnx, model) : status;
}

/* SPDX-License-Identifier: MIT */
/* Step 2: every entry of the tables by itself, then names become indices. */
#include "onnx/onnx.h"

/* Raw data holds exactly dims x element size, without overflow. */
static tt_status check_size(const tt_value *value, uint32_t element) {
    uint32_t most = value->data.len / element, count = 1;
    for (uint32_t i = 0; i < value->rank; i++) {
        if (count > most / value->dim[i]) {
            return TT_ERR_SHAPE;
        }
        count *= value->dim[i];
    }
    return count * element == value->data.len ? TT_OK : TT_ERR_SHAPE;
}

static tt_status check_initializer(const tt_value *value) {
    switch (value->type) {
    case 0:
        return TT_ERR_MISSING;
    case TT_F16:
        return value->has_data ? check_size(value, 2) : TT_ERR_MISSING;
    case TT_F32:
        return value->has_data ? check_size(value, 4) : TT_ERR_MISSING;
    case TT_ONNX_INT64:
        return value->has_data ? check_size(value, 8) : TT_ERR_MISSING;
    default:
        return TT_ERR_TYPE;
    }
}

/* Towers are told apart by the names of their inputs. */
static tt_status check_input(const tt_onnx *onnx, tt_value *value, tt_span name) {
    if (tt_span_is(onnx->bytes, name, "user_features")) {
        value->tower = TT_USER;
    } else if (tt_span_is(onnx->bytes, name, "item_features")) {
        value->tower = TT_ITEM;
    } else {
        return TT_ERR_GRAPH;
    }
    if (value->type != TT_F32) {
        return value->type == 0 ? TT_ERR_MISSING : TT_ERR_TYPE;
    }
    return value->rank == 2 && value->dim[1] != 0 ? TT_OK : TT_ERR_SHAPE;
}

static tt_status check_values(tt_onnx *onnx) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        tt_value *value = &onnx->value[i];
        tt_status status = value->kind == TT_IS_INPUT
                               ? check_input(onnx, value, onnx->names.name[i])
                               : check_initializer(value);
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, value->offset, TT_NO_NODE);
        }
    }
    return TT_OK;
}

/* ONNX wants nodes in topological order, so every input is known by now. */
static tt_status link_node(tt_onnx *onnx, tt_node *node) {
    if (node->op.len == 0 || node->outputs == 0 || node->output_name.len == 0) {
        return TT_ERR_MISSING;
    }
    if (node->outputs > 1) {
        return TT_ERR_GRAPH;
    }
    for (uint32_t i = 0; i < node->inputs; i++) {
        node->input[i] = TT_NO_VALUE;
        if (node->input_name[i].len == 0) {
            continue;
        }
        node->input[i] = tt_names_find(&onnx->names, onnx->bytes, node->input_name[i]);
        if (node->input[i] == TT_NO_VALUE) {
            return TT_ERR_MISSING;
        }
        onnx->value[node->input[i]].uses++;
    }
    tt_status status = tt_names_add(&onnx->names, onnx->bytes, node->output_name, TT_MAX_VALUES);
    if (status != TT_OK) {
        return status;
    }
    node->output = (uint16_t)(onnx->names.count - 1);
    memset(&onnx->value[node->output], 0, sizeof onnx->value[node->output]);
    onnx->value[node->output].kind = TT_IS_NODE;
    return TT_OK;
}

static tt_status link_output(tt_onnx *onnx, uint32_t index) {
    tt_value *output = &onnx->output[index];
    uint16_t value = tt_names_find(&onnx->names, onnx->bytes, onnx->output_name[index]);
    if (value == TT_NO_VALUE || output->type == 0) {
        return TT_ERR_MISSING;
    }
    if (output->type != TT_F32) {
        return TT_ERR_TYPE;
    }
    if (output->rank != 0 && output->rank != 2) {
        return TT_ERR_SHAPE;
    }
    output->first = value;
    onnx->value[value].uses++;
    return TT_OK;
}

/* What nothing uses is no part of a tower. */
static tt_status check_uses(tt_onnx *onnx) {
    for (uint32_t i = 0; i < onnx->nodes; i++) {
        if (onnx->value[onnx->node[i].output].uses == 0) {
            return tt_onnx_fail(onnx, TT_ERR_GRAPH, onnx->node[i].offset, i);
        }
    }
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        if (onnx->value[i].kind == TT_IS_INPUT && onnx->value[i].uses == 0) {
            return tt_onnx_fail(onnx, TT_ERR_GRAPH, onnx->value[i].offset, TT_NO_NODE);
        }
    }
    return TT_OK;
}

tt_status tt_onnx_check(tt_onnx *onnx) {
    if (onnx->ir_version == 0 || onnx->opset == 0 || onnx->graph == 0) {
        return tt_onnx_fail(onnx, TT_ERR_MISSING, 0, TT_NO_NODE);
    }
    if (onnx->outputs == 0) {
        return tt_onnx_fail(onnx, TT_ERR_MISSING, onnx->graph, TT_NO_NODE);
    }
    tt_status status = check_values(onnx);
    for (uint32_t i = 0; i < onnx->nodes && status == TT_OK; i++) {
        status = link_node(onnx, &onnx->node[i]);
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, onnx->node[i].offset, i);
        }
    }
    for (uint32_t i = 0; i < onnx->outputs && status == TT_OK; i++) {
        status = link_output(onnx, i);
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, onnx->output[i].offset, TT_NO_NODE);
        }
    }
    return status == TT_OK ? check_uses(onnx) : status;
}

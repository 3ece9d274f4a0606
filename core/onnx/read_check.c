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

static tt_status check_varints(const tt_onnx *onnx, const tt_value *value) {
    tt_wire wire = {onnx->bytes, value->data.at, value->data.at + value->data.len, onnx->len};
    uint32_t count = 0;
    while (wire.at < wire.end) {
        uint64_t number = 0;
        tt_status status = tt_wire_varint(&wire, &number);
        if (status != TT_OK) {
            return status;
        }
        count++;
    }
    return value->rank == 0 || (value->rank == 1 && value->dim[0] == count) ? TT_OK : TT_ERR_SHAPE;
}

/* Tensors of other types are refused by the node that reads them. */
static tt_status check_data(const tt_onnx *onnx, tt_value *value) {
    uint32_t element = value->type == TT_F16 ? 2 : value->type == TT_F32 ? 4 : 8;
    if (value->type == 0) {
        return TT_ERR_MISSING;
    }
    if (value->type != TT_F16 && value->type != TT_F32 && value->type != TT_ONNX_INT64) {
        return TT_OK;
    }
    if (value->has_data == TT_DATA_FLOATS && value->type == TT_F32) {
        value->has_data = TT_DATA_RAW;
    }
    if (value->has_data == TT_DATA_VARINTS && value->type == TT_ONNX_INT64) {
        return check_varints(onnx, value);
    }
    if (value->has_data != TT_DATA_RAW) {
        return value->has_data == TT_DATA_NONE ? TT_ERR_MISSING : TT_ERR_TYPE;
    }
    return check_size(value, element);
}

void tt_onnx_check_tensor(const tt_onnx *onnx, tt_value *value) {
    if (value->fault == TT_OK) {
        value->fault = (uint8_t)check_data(onnx, value);
        value->fault_at = value->offset;
    }
}

/* A batch of rows; more than two dimensions must be flattened before they are used.  Rows of an
 * unknown width have that of the weights that read them. */
static tt_status check_input(tt_value *value) {
    uint64_t width = 1;
    if (value->type != TT_F32 && value->type != TT_F16) {
        return value->type == 0 ? TT_ERR_MISSING : TT_ERR_TYPE;
    }
    for (uint32_t i = 1; i < value->rank; i++) {
        width *= value->dim[i];
        if ((width == 0 && value->rank > 2) || width > TT_WIRE_LIMIT) {
            return TT_ERR_SHAPE;
        }
    }
    value->last = (uint32_t)width;
    return value->rank >= 2 ? TT_OK : TT_ERR_SHAPE;
}

static void check_values(tt_onnx *onnx) {
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        tt_value *value = &onnx->value[i];
        if (value->kind == TT_IS_INPUT) {
            value->fault = (uint8_t)check_input(value);
            value->fault_at = value->offset;
        } else {
            tt_onnx_check_tensor(onnx, value);
        }
    }
}

/* A Constant of numbers: value_float, value_int and their lists of one number, or packed. */
static int constant_numbers(const tt_attribute *attribute, tt_value *value) {
    int floats = attribute->type == TT_ATTRIBUTE_FLOAT || attribute->type == TT_ATTRIBUTE_FLOATS;
    int list = attribute->type == TT_ATTRIBUTE_FLOATS || attribute->type == TT_ATTRIBUTE_INTS;
    if ((!floats && attribute->type != TT_ATTRIBUTE_INT && attribute->type != TT_ATTRIBUTE_INTS) ||
        attribute->count == 0) {
        return 0;
    }
    value->type = floats ? (uint32_t)TT_F32 : (uint32_t)TT_ONNX_INT64;
    value->has_data = floats ? TT_DATA_RAW : TT_DATA_VARINTS;
    value->data = attribute->data;
    value->rank = list ? 1 : 0;
    value->dim[0] = attribute->count;
    return 1;
}

/* A Constant node is one more initializer. */
static tt_status link_constant(tt_onnx *onnx, const tt_node *node, tt_value *value) {
    const tt_attribute *attribute = &node->attribute[0];
    tt_span name = {0, 0};
    tt_status status = TT_OK;
    if (!tt_span_is(onnx->bytes, node->op, "Constant") || node->attributes != 1) {
        return TT_OK; /* refused by lowering */
    }
    if (attribute->type == TT_ATTRIBUTE_TENSOR) {
        tt_wire tensor = {onnx->bytes, attribute->data.at, attribute->data.at + attribute->data.len,
                          onnx->len};
        status = tt_onnx_parse_tensor(onnx, tensor, value, &name);
    } else if (!constant_numbers(attribute, value)) {
        return TT_OK;
    }
    value->kind = TT_IS_INITIALIZER;
    value->offset = node->offset;
    tt_onnx_check_tensor(onnx, value);
    return status;
}

/* Whether a node message gives `name` as an output that is not its first. */
static int gives_also(const tt_onnx *onnx, const tt_node *node, tt_span name) {
    tt_wire graph = {onnx->bytes, node->offset, onnx->len, onnx->len};
    tt_wire_field field;
    if (node->outputs < 2 || tt_wire_next(&graph, &field) != TT_OK) {
        return 0;
    }
    tt_wire inside = tt_wire_open(&graph, &field);
    while (inside.at < inside.end && tt_wire_next(&inside, &field) == TT_OK) {
        if (field.number == 2 && field.len == name.len &&
            memcmp(onnx->bytes + field.at, onnx->bytes + name.at, name.len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A name that no value has: a second output, of an operator that is not read, or nothing. */
static tt_status name_unknown(tt_onnx *onnx, tt_span name) {
    for (uint32_t i = 0; i < onnx->nodes; i++) {
        if (gives_also(onnx, &onnx->node[i], name)) {
            return tt_onnx_fail(onnx, TT_ERR_OPERATOR, onnx->node[i].offset, i);
        }
    }
    return TT_ERR_MISSING;
}

/* ONNX wants nodes in topological order, so every input is known by now. */
static tt_status link_node(tt_onnx *onnx, tt_node *node) {
    if (node->op.len == 0 || node->outputs == 0 || node->output_name.len == 0) {
        return TT_ERR_MISSING;
    }
    for (uint32_t i = 0; i < node->inputs; i++) {
        node->input[i] = TT_NO_VALUE;
        if (node->input_name[i].len == 0) {
            continue;
        }
        node->input[i] = tt_names_find(&onnx->names, onnx->bytes, node->input_name[i]);
        if (node->input[i] == TT_NO_VALUE) {
            return name_unknown(onnx, node->input_name[i]);
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
    return link_constant(onnx, node, &onnx->value[node->output]);
}

static tt_status link_output(tt_onnx *onnx, uint32_t index) {
    tt_value *output = &onnx->output[index];
    uint16_t value = tt_names_find(&onnx->names, onnx->bytes, onnx->output_name[index]);
    if (value == TT_NO_VALUE || output->type == 0) {
        return TT_ERR_MISSING;
    }
    output->first = value;
    onnx->value[value].uses++;
    return TT_OK;
}

tt_status tt_onnx_check(tt_onnx *onnx) {
    if (onnx->ir_version == 0 || onnx->opset == 0 || onnx->graph == 0) {
        return tt_onnx_fail(onnx, TT_ERR_MISSING, 0, TT_NO_NODE);
    }
    if (onnx->outputs == 0) {
        return tt_onnx_fail(onnx, TT_ERR_MISSING, onnx->graph, TT_NO_NODE);
    }
    tt_status status = TT_OK;
    check_values(onnx);
    for (uint32_t i = 0; i < onnx->nodes && status == TT_OK; i++) {
        status = link_node(onnx, &onnx->node[i]);
        if (status != TT_OK) {
            int known = onnx->error.status != TT_OK;
            uint32_t offset = known ? (uint32_t)onnx->error.offset : onnx->node[i].offset;
            uint32_t at = known && onnx->error.node != TT_NO_NODE ? onnx->error.node : i;
            return tt_onnx_fail(onnx, status, offset, at);
        }
    }
    for (uint32_t i = 0; i < onnx->outputs && status == TT_OK; i++) {
        status = link_output(onnx, i);
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, onnx->output[i].offset, TT_NO_NODE);
        }
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Step 1: NodeProto and AttributeProto. */
#include "onnx/onnx.h"

/* Only the first number is kept: no operator of the subset needs more. */
static void attribute_keep(tt_attribute *attribute, uint64_t value) {
    if (attribute->count++ == 0) {
        attribute->value = value;
    }
}

/* `ints`, one by one or packed. */
static tt_status attribute_ints(tt_attribute *attribute, const tt_wire *message,
                                const tt_wire_field *field) {
    if (field->type == TT_WIRE_VARINT) {
        attribute_keep(attribute, field->value);
        return TT_OK;
    }
    if (field->type != TT_WIRE_BYTES) {
        return TT_ERR_WIRE;
    }
    tt_wire packed = tt_wire_open(message, field);
    while (packed.at < packed.end) {
        uint64_t value = 0;
        tt_status status = tt_wire_varint(&packed, &value);
        if (status != TT_OK) {
            return status;
        }
        attribute_keep(attribute, value);
    }
    return TT_OK;
}

static tt_status attribute_field(tt_attribute *attribute, uint32_t *seen, const tt_wire *message,
                                 const tt_wire_field *field) {
    switch (field->number) {
    case 1:
        attribute->name.at = field->at;
        attribute->name.len = field->len;
        return tt_field_once(seen, field, TT_WIRE_BYTES);
    case 2: /* f */
    case 3: /* i */
        attribute_keep(attribute, field->value);
        return tt_field_once(seen, field, field->number == 2 ? TT_WIRE_FIXED32 : TT_WIRE_VARINT);
    case 8:
        return attribute_ints(attribute, message, field);
    case 5: /* t */
        attribute->tensor.at = field->at;
        attribute->tensor.len = field->len;
        return tt_field_once(seen, field, TT_WIRE_BYTES);
    case 20: /* type */
        attribute->type = field->value > UINT32_MAX ? UINT32_MAX : (uint32_t)field->value;
        return tt_field_once(seen, field, TT_WIRE_VARINT);
    case 6:  /* g */
    case 11: /* graphs */
    case 21: /* ref_attr_name, of function bodies */
    case 22: /* sparse_tensor */
    case 23: /* sparse_tensors */
        return TT_ERR_EXTERNAL;
    case 13: /* doc_string */
        return TT_OK;
    default:
        return TT_ERR_TYPE;
    }
}

/* The numbers given must be those that `type` announces. */
static tt_status attribute_check(const tt_attribute *attribute, uint32_t seen, int ints) {
    uint32_t f = seen >> 2 & 1u, i = seen >> 3 & 1u, t = seen >> 5 & 1u;
    if (attribute->name.len == 0 || attribute->type == 0) {
        return TT_ERR_MISSING;
    }
    if (attribute->type == TT_ATTRIBUTE_TENSOR || t) {
        return attribute->type != TT_ATTRIBUTE_TENSOR || f || i || ints ? TT_ERR_TYPE
               : t                                                      ? TT_OK
                                                                        : TT_ERR_MISSING;
    }
    switch (attribute->type) {
    case TT_ATTRIBUTE_FLOAT:
        return i || ints ? TT_ERR_TYPE : f ? TT_OK : TT_ERR_MISSING;
    case TT_ATTRIBUTE_INT:
        return f || ints ? TT_ERR_TYPE : i ? TT_OK : TT_ERR_MISSING;
    case TT_ATTRIBUTE_INTS:
        return f || i ? TT_ERR_TYPE : TT_OK;
    default:
        return TT_ERR_TYPE;
    }
}

static tt_status parse_attribute(tt_onnx *onnx, tt_wire wire, uint32_t offset, uint32_t index) {
    tt_node *node = &onnx->node[index];
    tt_wire_field field;
    uint32_t seen = 0;
    int ints = 0;
    if (node->attributes == TT_NODE_ATTRIBUTES) {
        return tt_onnx_fail(onnx, TT_ERR_LIMIT, offset, index);
    }
    tt_attribute *attribute = &node->attribute[node->attributes];
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK) {
            status = attribute_field(attribute, &seen, &wire, &field);
            ints |= field.number == 8;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, index);
        }
    }
    tt_status status = attribute_check(attribute, seen, ints);
    for (uint32_t i = 0; i < node->attributes && status == TT_OK; i++) {
        tt_span other = node->attribute[i].name;
        if (other.len == attribute->name.len &&
            memcmp(onnx->bytes + other.at, onnx->bytes + attribute->name.at, other.len) == 0) {
            status = TT_ERR_DUPLICATE;
        }
    }
    node->attributes++;
    return status == TT_OK ? TT_OK : tt_onnx_fail(onnx, status, offset, index);
}

static tt_status node_field(tt_onnx *onnx, tt_node *node, uint32_t *seen,
                            const tt_wire_field *field) {
    tt_span span = {field->at, field->len};
    switch (field->number) {
    case 1: /* input */
        if (node->inputs == TT_NODE_INPUTS) {
            return TT_ERR_LIMIT;
        }
        node->input_name[node->inputs++] = span;
        return field->type == TT_WIRE_BYTES ? TT_OK : TT_ERR_WIRE;
    case 2: /* output: of several, only the first can be read */
        if (node->outputs++ == 0) {
            node->output_name = span;
        }
        return field->type == TT_WIRE_BYTES ? TT_OK : TT_ERR_WIRE;
    case 4: /* op_type */
        node->op = span;
        return tt_field_once(seen, field, TT_WIRE_BYTES);
    case 5: /* attribute, read by the caller */
        return field->type == TT_WIRE_BYTES ? TT_OK : TT_ERR_WIRE;
    case 7: /* domain */
        if (field->len > 0 && !tt_span_is(onnx->bytes, span, "ai.onnx")) {
            return TT_ERR_OPERATOR;
        }
        return tt_field_once(seen, field, TT_WIRE_BYTES);
    case 8: /* overload, of functions */
        return field->len > 0 ? TT_ERR_EXTERNAL : TT_OK;
    default:
        return TT_OK;
    }
}

tt_status tt_onnx_parse_node(tt_onnx *onnx, tt_wire wire, uint32_t index) {
    tt_node *node = &onnx->node[index];
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK) {
            status = node_field(onnx, node, &seen, &field);
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, index);
        }
        if (field.number == 5) {
            status = parse_attribute(onnx, tt_wire_open(&wire, &field), field.offset, index);
            if (status != TT_OK) {
                return status;
            }
        }
    }
    return TT_OK;
}

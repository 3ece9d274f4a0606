/* SPDX-License-Identifier: MIT */
/* Step 1: NodeProto and AttributeProto. */
#include "onnx/onnx.h"

/* Only the first number is kept: no operator of the subset needs more. */
static void attribute_keep(tt_attribute *attribute, uint64_t value, tt_span data) {
    if (attribute->count++ == 0) {
        attribute->value = value;
        attribute->data = data;
    }
}

/* The bytes of a number after its tag, which is one byte. */
static tt_span number_bytes(const tt_wire *message, const tt_wire_field *field) {
    return (tt_span){field->offset + 1, message->at - field->offset - 1};
}

/* `floats`, one by one or packed. */
static tt_status attribute_floats(tt_attribute *attribute, const tt_wire *message,
                                  const tt_wire_field *field) {
    if (field->type == TT_WIRE_FIXED32) {
        attribute_keep(attribute, field->value, number_bytes(message, field));
        return TT_OK;
    }
    if (field->type != TT_WIRE_BYTES || field->len % 4 != 0) {
        return TT_ERR_WIRE;
    }
    for (uint32_t i = 0; i < field->len; i += 4) {
        attribute_keep(attribute, tt_load32(message->bytes + field->at + i),
                       (tt_span){field->at, field->len});
    }
    return TT_OK;
}

/* `ints`, one by one or packed. */
static tt_status attribute_ints(tt_attribute *attribute, const tt_wire *message,
                                const tt_wire_field *field) {
    if (field->type == TT_WIRE_VARINT) {
        attribute_keep(attribute, field->value, number_bytes(message, field));
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
        attribute_keep(attribute, value, (tt_span){field->at, field->len});
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
        attribute_keep(attribute, field->value, number_bytes(message, field));
        return tt_field_once(seen, field, field->number == 2 ? TT_WIRE_FIXED32 : TT_WIRE_VARINT);
    case 7:
        return attribute_floats(attribute, message, field);
    case 8:
        return attribute_ints(attribute, message, field);
    case 4: /* s */
    case 5: /* t */
        attribute->data.at = field->at;
        attribute->data.len = field->len;
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

/* What is given must be what `type` announces, and nothing else; `given` has a bit per field. */
static tt_status attribute_check(const tt_attribute *attribute, uint32_t given) {
    static const struct {
        uint8_t type, field, empty; /* `empty`: a list may be */
    } kinds[] = {{TT_ATTRIBUTE_FLOAT, 2, 0},  {TT_ATTRIBUTE_INT, 3, 0},
                 {TT_ATTRIBUTE_STRING, 4, 0}, {TT_ATTRIBUTE_TENSOR, 5, 0},
                 {TT_ATTRIBUTE_FLOATS, 7, 1}, {TT_ATTRIBUTE_INTS, 8, 1}};
    given &= 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 8;
    if (attribute->name.len == 0 || attribute->type == 0) {
        return TT_ERR_MISSING;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (attribute->type == kinds[i].type) {
            return (given & ~(1u << kinds[i].field)) != 0 ? TT_ERR_TYPE
                   : given == 0 && !kinds[i].empty        ? TT_ERR_MISSING
                                                          : TT_OK;
        }
    }
    return TT_ERR_TYPE;
}

static tt_status parse_attribute(tt_onnx *onnx, tt_wire wire, uint32_t offset, uint32_t index) {
    tt_node *node = &onnx->node[index];
    tt_wire_field field;
    uint32_t seen = 0, given = 0;
    if (node->attributes == TT_NODE_ATTRIBUTES) {
        return tt_onnx_fail(onnx, TT_ERR_LIMIT, offset, index);
    }
    tt_attribute *attribute = &node->attribute[node->attributes];
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK) {
            status = attribute_field(attribute, &seen, &wire, &field);
            given |= field.number < 32 ? 1u << field.number : 0;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, index);
        }
    }
    tt_status status = attribute_check(attribute, given);
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

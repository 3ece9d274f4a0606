/* SPDX-License-Identifier: MIT */
/* Step 1: ModelProto and GraphProto. */
#include "onnx/onnx.h"

tt_status tt_onnx_fail(tt_onnx *onnx, tt_status status, uint32_t offset, uint32_t node) {
    onnx->error.status = status;
    onnx->error.offset = offset;
    onnx->error.node = node;
    return status;
}

tt_status tt_field_once(uint32_t *seen, const tt_wire_field *field, tt_wire_type type) {
    if (field->type != type) {
        return TT_ERR_WIRE;
    }
    if (*seen >> field->number & 1u) {
        return TT_ERR_DUPLICATE;
    }
    *seen |= 1u << field->number;
    return TT_OK;
}

/* OperatorSetIdProto.  Other domains may be imported; no node may use them. */
static tt_status parse_opset(tt_onnx *onnx, tt_wire wire, uint32_t offset) {
    tt_wire_field field;
    tt_span domain = {0, 0};
    uint64_t version = 0;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* domain */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            domain.at = field.at;
            domain.len = field.len;
        } else if (status == TT_OK && field.number == 2) { /* version */
            status = tt_field_once(&seen, &field, TT_WIRE_VARINT);
            version = field.value;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
    }
    if (domain.len > 0 && !tt_span_is(onnx->bytes, domain, "ai.onnx")) {
        return TT_OK;
    }
    if (onnx->opset != 0) {
        return tt_onnx_fail(onnx, TT_ERR_DUPLICATE, offset, TT_NO_NODE);
    }
    if (version < TT_OPSET_OLDEST || version > TT_OPSET_NEWEST) {
        return tt_onnx_fail(onnx, TT_ERR_OPERATOR, offset, TT_NO_NODE);
    }
    onnx->opset = (uint32_t)version;
    return TT_OK;
}

/* StringStringEntryProto */
static tt_status parse_property(tt_onnx *onnx, tt_wire wire, uint32_t offset) {
    tt_wire_field field;
    tt_span part[2] = {{0, 0}, {0, 0}};
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && (field.number == 1 || field.number == 2)) { /* key, value */
            status = tt_field_once(&seen, &field, TT_WIRE_BYTES);
            part[field.number - 1].at = field.at;
            part[field.number - 1].len = field.len;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
    }
    tt_status status = tt_names_add(&onnx->keys, onnx->bytes, part[0], TT_MAX_PROPERTIES);
    if (status != TT_OK) {
        return tt_onnx_fail(onnx, status, offset, TT_NO_NODE);
    }
    onnx->property[onnx->keys.count - 1] = part[1];
    return TT_OK;
}

/* A named value of the graph: an initializer or an input. */
static tt_status parse_value(tt_onnx *onnx, const tt_wire *graph, const tt_wire_field *field,
                             tt_kind kind) {
    if (onnx->names.count == TT_MAX_VALUES) {
        return tt_onnx_fail(onnx, TT_ERR_LIMIT, field->offset, TT_NO_NODE);
    }
    tt_value *value = &onnx->value[onnx->names.count];
    tt_span name = {0, 0};
    memset(value, 0, sizeof *value);
    value->offset = field->offset;
    value->kind = (uint8_t)kind;
    tt_wire inside = tt_wire_open(graph, field);
    tt_status status = kind == TT_IS_INITIALIZER ? tt_onnx_parse_tensor(onnx, inside, value, &name)
                                                 : tt_onnx_parse_info(onnx, inside, value, &name);
    if (status != TT_OK) {
        return status;
    }
    if (name.len == 0) {
        return value->fault != TT_OK
                   ? tt_onnx_fail(onnx, (tt_status)value->fault, value->fault_at, TT_NO_NODE)
                   : tt_onnx_fail(onnx, TT_ERR_MISSING, field->offset, TT_NO_NODE);
    }
    /* Some exporters declare initializers as inputs too: as defaults, which they stay. */
    uint16_t known = tt_names_find(&onnx->names, onnx->bytes, name);
    if (kind == TT_IS_INPUT && known != TT_NO_VALUE &&
        onnx->value[known].kind == TT_IS_INITIALIZER) {
        return TT_OK;
    }
    status = tt_names_add(&onnx->names, onnx->bytes, name, TT_MAX_VALUES);
    return status == TT_OK ? TT_OK : tt_onnx_fail(onnx, status, field->offset, TT_NO_NODE);
}

static tt_status parse_output(tt_onnx *onnx, const tt_wire *graph, const tt_wire_field *field) {
    if (onnx->outputs == TT_MAX_INPUTS) {
        return tt_onnx_fail(onnx, TT_ERR_LIMIT, field->offset, TT_NO_NODE);
    }
    tt_value *output = &onnx->output[onnx->outputs];
    tt_span *name = &onnx->output_name[onnx->outputs++];
    memset(output, 0, sizeof *output);
    memset(name, 0, sizeof *name);
    output->offset = field->offset;
    return tt_onnx_parse_info(onnx, tt_wire_open(graph, field), output, name);
}

static tt_status parse_node(tt_onnx *onnx, const tt_wire *graph, const tt_wire_field *field) {
    if (onnx->nodes == TT_MAX_NODES) {
        return tt_onnx_fail(onnx, TT_ERR_LIMIT, field->offset, onnx->nodes);
    }
    uint32_t index = onnx->nodes++;
    memset(&onnx->node[index], 0, sizeof onnx->node[index]);
    onnx->node[index].offset = field->offset;
    return tt_onnx_parse_node(onnx, tt_wire_open(graph, field), index);
}

/* A field of GraphProto.  Names, documentation, value_info and annotations say
 * nothing that lowering needs. */
static tt_status parse_graph_field(tt_onnx *onnx, const tt_wire *graph,
                                   const tt_wire_field *field) {
    switch (field->number) {
    case 1:
        return parse_node(onnx, graph, field);
    case 5:
        return parse_value(onnx, graph, field, TT_IS_INITIALIZER);
    case 11:
        return parse_value(onnx, graph, field, TT_IS_INPUT);
    case 12:
        return parse_output(onnx, graph, field);
    case 15: /* sparse_initializer */
        return tt_onnx_fail(onnx, TT_ERR_EXTERNAL, field->offset, TT_NO_NODE);
    default:
        return TT_OK;
    }
}

static tt_status parse_graph(tt_onnx *onnx, tt_wire wire, uint32_t offset) {
    tt_wire_field field;
    if (onnx->graph != 0) {
        return tt_onnx_fail(onnx, TT_ERR_DUPLICATE, offset, TT_NO_NODE);
    }
    onnx->graph = wire.at;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        int known = field.number == 1 || field.number == 5 || field.number == 11 ||
                    field.number == 12 || field.number == 15;
        if (status == TT_OK && known && field.type != TT_WIRE_BYTES) {
            status = TT_ERR_WIRE;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
        status = parse_graph_field(onnx, &wire, &field);
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

static tt_status parse_model_field(tt_onnx *onnx, const tt_wire *model,
                                   const tt_wire_field *field) {
    tt_wire inside = tt_wire_open(model, field);
    switch (field->number) {
    case 7:
        return parse_graph(onnx, inside, field->offset);
    case 8:
        return parse_opset(onnx, inside, field->offset);
    case 14:
        return parse_property(onnx, inside, field->offset);
    case 20: /* training_info */
    case 25: /* functions */
        return tt_onnx_fail(onnx, TT_ERR_EXTERNAL, field->offset, TT_NO_NODE);
    default:
        return TT_OK;
    }
}

tt_status tt_onnx_parse(tt_onnx *onnx) {
    tt_wire wire = {onnx->bytes, 0, onnx->len, onnx->len};
    tt_wire_field field;
    uint32_t seen = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) { /* ir_version */
            status = tt_field_once(&seen, &field, TT_WIRE_VARINT);
            if (field.value < TT_IR_OLDEST || field.value > TT_IR_NEWEST) {
                status = status == TT_OK ? TT_ERR_OPERATOR : status;
            }
            onnx->ir_version = (uint32_t)field.value;
        } else if (status == TT_OK && field.type != TT_WIRE_BYTES &&
                   (field.number == 7 || field.number == 8 || field.number == 14)) {
            status = TT_ERR_WIRE;
        }
        if (status != TT_OK) {
            return tt_onnx_fail(onnx, status, field.offset, TT_NO_NODE);
        }
        status = parse_model_field(onnx, &wire, &field);
        if (status != TT_OK) {
            return status;
        }
    }
    return TT_OK;
}

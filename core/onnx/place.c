/* SPDX-License-Identifier: MIT */
/* What a refusal means by its offset or node.  The bytes may be anything. */
#include "onnx/onnx.h"

/* The fields of GraphProto that hold named things, and the fields of their names. */
static const struct place_kind {
    uint32_t field, name;
} place_kinds[] = {{1, 3}, {5, 8}, {11, 1}, {12, 1}}; /* node, initializer, input, output */

static void place_read(tt_wire wire, const struct place_kind *kind, tt_text *op, tt_text *name) {
    tt_wire_field field;
    while (wire.at < wire.end && tt_wire_next(&wire, &field) == TT_OK) {
        int is_op = kind->field == 1 && field.number == 4;
        if (field.type == TT_WIRE_BYTES && (is_op || field.number == kind->name)) {
            tt_text *to = is_op ? op : name;
            to->at = (const char *)wire.bytes + field.at;
            to->len = field.len;
        }
    }
}

void tt_error_place(const tt_error *error, const void *bytes, size_t len, tt_text *op,
                    tt_text *name) {
    const tt_text none = {NULL, 0};
    uint32_t short_len = len > TT_WIRE_LIMIT ? 0 : (uint32_t)len, node = 0;
    tt_wire wire = {bytes, 0, short_len, short_len};
    tt_wire_field field;
    *op = *name = none;
    while (wire.at < wire.end && tt_wire_next(&wire, &field) == TT_OK) {
        if (field.number != 7 || field.type != TT_WIRE_BYTES) {
            continue;
        }
        tt_wire graph = tt_wire_open(&wire, &field);
        while (graph.at < graph.end && tt_wire_next(&graph, &field) == TT_OK) {
            for (size_t i = 0; i < sizeof place_kinds / sizeof place_kinds[0]; i++) {
                const struct place_kind *kind = &place_kinds[i];
                int here = error->node == TT_NO_NODE
                               ? error->offset >= field.offset &&
                                     error->offset < (size_t)field.at + field.len
                               : kind->field == 1 && node == error->node;
                if (field.number == kind->field && field.type == TT_WIRE_BYTES && here) {
                    place_read(tt_wire_open(&graph, &field), kind, op, name);
                    return;
                }
            }
            node += field.number == 1;
        }
    }
}

tt_text tt_graph_output(const void *bytes, size_t len, uint32_t index) {
    const struct place_kind *output = &place_kinds[3];
    tt_text op = {NULL, 0}, name = {NULL, 0};
    uint32_t short_len = len > TT_WIRE_LIMIT ? 0 : (uint32_t)len;
    tt_wire wire = {bytes, 0, short_len, short_len};
    tt_wire_field field;
    while (wire.at < wire.end && tt_wire_next(&wire, &field) == TT_OK) {
        if (field.number != 7 || field.type != TT_WIRE_BYTES) {
            continue;
        }
        tt_wire graph = tt_wire_open(&wire, &field);
        while (graph.at < graph.end && tt_wire_next(&graph, &field) == TT_OK) {
            if (field.number != output->field || field.type != TT_WIRE_BYTES) {
                continue;
            }
            if (index == 0) {
                place_read(tt_wire_open(&graph, &field), output, &op, &name);
                return name;
            }
            index--;
        }
    }
    return name;
}

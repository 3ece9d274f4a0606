/* SPDX-License-Identifier: MIT */
#include "onnx/put.h"

#include "onnx/onnx.h"

uint32_t tt_nodes_hash(uint32_t hash, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 0x01000193;
    }
    return hash;
}

void tt_put_node(tt_put *put, const char *op, const char *prefix, const char *output) {
    tt_put_open(put, 1);
    tt_put_text(put, 4, op);
    tt_put_joined(put, 2, prefix, output);
}

void tt_put_input(tt_put *put, const char *prefix, const char *name) {
    tt_put_joined(put, 1, prefix, name);
}

void tt_put_attribute(tt_put *put, const char *name, uint64_t value) {
    tt_put_open(put, 5);
    tt_put_text(put, 1, name);
    tt_put_int(put, 3, value);
    tt_put_int(put, 20, TT_ATTRIBUTE_INT);
    tt_put_close(put);
}

void tt_put_cast(tt_put *put, const char *prefix, const char *from, const char *to) {
    tt_put_node(put, "Cast", prefix, to);
    tt_put_input(put, prefix, from);
    tt_put_attribute(put, "to", TT_F32);
    tt_put_close(put);
}

void tt_put_int64(tt_put *put, const char *prefix, const char *name, uint64_t value) {
    uint8_t raw[8];
    for (uint32_t i = 0; i < 8; i++) {
        raw[i] = (uint8_t)(value >> (8 * i));
    }
    tt_put_open(put, 5);
    tt_put_int(put, 1, 1);
    tt_put_int(put, 2, TT_ONNX_INT64);
    tt_put_joined(put, 8, prefix, name);
    tt_put_bytes(put, 9, raw, sizeof raw);
    tt_put_close(put);
}

void tt_put_norm(tt_put *put, const char *prefix, const char *from) {
    tt_put_node(put, "ReduceL2", prefix, "norm");
    tt_put_input(put, prefix, from);
    tt_put_open(put, 5);
    tt_put_text(put, 1, "axes");
    tt_put_int(put, 8, 1);
    tt_put_int(put, 20, TT_ATTRIBUTE_INTS);
    tt_put_close(put);
    tt_put_attribute(put, "keepdims", 1);
    tt_put_close(put);
    tt_put_node(put, "Div", prefix, "embedding");
    tt_put_input(put, prefix, from);
    tt_put_input(put, prefix, "norm");
    tt_put_close(put);
}

void tt_put_info_open(tt_put *put, uint32_t field, const char *prefix, const char *name,
                      uint32_t type) {
    tt_put_open(put, field);
    tt_put_joined(put, 1, prefix, name);
    tt_put_open(put, 2); /* type */
    tt_put_open(put, 1); /* tensor_type */
    tt_put_int(put, 1, type);
    tt_put_open(put, 2); /* shape */
}

void tt_put_dim(tt_put *put, const char *name, uint64_t size) {
    tt_put_open(put, 1);
    if (name != NULL) {
        tt_put_text(put, 2, name);
    } else {
        tt_put_int(put, 1, size);
    }
    tt_put_close(put);
}

void tt_put_info_close(tt_put *put) {
    for (int i = 0; i < 4; i++) {
        tt_put_close(put);
    }
}

void tt_put_header(tt_put *put, const char *producer_version) {
    tt_put_int(put, 1, 8); /* ir_version */
    tt_put_text(put, 2, "twotower");
    tt_put_text(put, 3, producer_version);
    tt_put_text(put, 6, "A two-tower recommender: features in, unit-length embeddings out.");
    tt_put_open(put, 8); /* opset_import */
    tt_put_int(put, 2, 13);
    tt_put_close(put);
}

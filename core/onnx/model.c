/* SPDX-License-Identifier: MIT */
/* What a model that was read says of itself. */
#include "onnx/onnx.h"

int tt_model_has(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    return model->_tower[tower]._present != 0;
}

uint32_t tt_model_dim(const tt_model *model) {
    return model->_out;
}

uint32_t tt_model_bags(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    return model->_tower[tower]._bags;
}

uint32_t tt_model_rows(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    return model->_tower[tower]._rows;
}

uint32_t tt_model_numerics(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    return model->_tower[tower]._numerics;
}

/* Below 2^31: reading compared it with the width of the graph's input. */
size_t tt_model_features(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    const tt_tower_view *view = &model->_tower[tower];
    return (size_t)view->_bags * view->_rows + view->_numerics;
}

const tt_tensor *tt_model_input(const tt_model *model, uint32_t index) {
    return index < model->_inputs ? &model->_input[index] : NULL;
}

const tt_tensor *tt_model_output(const tt_model *model, tt_tower tower) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    return model->_tower[tower]._present ? &model->_output[tower] : NULL;
}

const tt_schema *tt_model_schema(const tt_model *model) {
    return model->_has_schema ? &model->_schema : NULL;
}

/* Reads one StringStringEntryProto, which reading has checked. */
static int property_is(tt_wire entry, const char *key, tt_span *value) {
    tt_wire_field field;
    tt_span name = {0, 0};
    while (entry.at < entry.end && tt_wire_next(&entry, &field) == TT_OK) {
        tt_span *part = field.number == 1 ? &name : field.number == 2 ? value : NULL;
        if (part != NULL) {
            part->at = field.at;
            part->len = field.len;
        }
    }
    return tt_span_is(entry.bytes, name, key);
}

tt_text tt_model_property(const tt_model *model, const char *key) {
    tt_wire wire = {model->_bytes, 0, (uint32_t)model->_len, (uint32_t)model->_len};
    tt_wire_field field;
    tt_text text = {NULL, 0};
    while (wire.at < wire.end && tt_wire_next(&wire, &field) == TT_OK) {
        tt_span value = {0, 0};
        if (field.number == 14 && property_is(tt_wire_open(&wire, &field), key, &value)) {
            text.at = (const char *)model->_bytes + value.at;
            text.len = value.len;
        }
    }
    return text;
}

size_t tt_model_struct_size(void) {
    return sizeof(tt_model);
}

/* ---- Finite weights ---------------------------------------------------------------- */

static int element_finite(const uint8_t *at, tt_type type) {
    return type == TT_F16 ? (tt_load16(at) & 0x7c00) != 0x7c00
                          : (tt_load32(at) & 0x7f800000) != 0x7f800000;
}

/* Eight bytes at a time: adding one to an exponent field of all ones, and only
 * then, carries into the (cleared) sign bit above it. */
static size_t words_finite(const uint8_t *data, tt_type type, size_t words) {
    const uint64_t exponent = type == TT_F16 ? 0x7c007c007c007c00 : 0x7f8000007f800000;
    const uint64_t one = type == TT_F16 ? 0x0400040004000400 : 0x0080000000800000;
    const uint64_t sign = type == TT_F16 ? 0x8000800080008000 : 0x8000000080000000;
    size_t i = 0;
    while (i < words && (((tt_load64(data + 8 * i) & exponent) + one) & sign) == 0) {
        i++;
    }
    return i;
}

size_t tt_first_nonfinite(const uint8_t *data, tt_type type, size_t count) {
    size_t element = type == TT_F16 ? 2 : 4;
    size_t i = words_finite(data, type, count * element / 8) * (8 / element);
    while (i < count && element_finite(data + i * element, type)) {
        i++;
    }
    return i;
}

static tt_status verify_table(const tt_model *model, const tt_tower_view *tower, tt_error *error) {
    size_t rows = (size_t)tower->_rows + (tower->_folded ? tower->_numerics : 0);
    size_t count = rows * tower->_width;
    size_t first = tt_first_nonfinite(tower->_table, tower->_table_type, count);
    if (first == count) {
        return TT_OK;
    }
    if (error != NULL) {
        size_t element = tower->_table_type == TT_F16 ? 2 : 4;
        error->status = TT_ERR_NONFINITE;
        error->offset =
            tower->_packed ? 0 : (size_t)(tower->_table - model->_bytes) + first * element;
        error->node = TT_NO_NODE;
    }
    return TT_ERR_NONFINITE;
}

tt_status tt_model_verify(const tt_model *model, tt_error *error) {
    const tt_tower_view *tower = model->_tower;
    tt_status status = TT_OK;
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        if (tower[t]._present && (t == 0 || tower[t]._table != tower[0]._table)) {
            status = verify_table(model, &tower[t], error);
        }
    }
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "codec/guard.h"
#include "onnx/onnx.h"

typedef char read_size_fits[sizeof(tt_onnx) <= TT_READ_SIZE ? 1 : -1];
typedef char model_size_fits[sizeof(tt_model) <= 24 * 1024 ? 1 : -1];

size_t tt_model_read_size(void) {
    return sizeof(tt_onnx);
}

/* The value of a property as text; absent: {NULL, 0}. */
static tt_text onnx_property(const tt_onnx *onnx, const char *key) {
    tt_text value = {NULL, 0};
    for (uint32_t i = 0; i < onnx->keys.count; i++) {
        if (tt_span_is(onnx->bytes, onnx->keys.name[i], key)) {
            value.at = (const char *)onnx->bytes + onnx->property[i].at;
            value.len = onnx->property[i].len;
        }
    }
    return value;
}

/* Whether the schema describes the graph it came with.  A graph alone does not
 * say which inputs of a plain MLP are its numerics: the last ones. */
static int schema_fits(const tt_schema *schema, tt_tower_view *tower, uint32_t numerics) {
    uint64_t rows = (uint64_t)schema->id_rows + schema->token_rows;
    if (!tower->_present) {
        return 1;
    }
    if (schema->recipe != TT_RECIPE_MLP) {
        return tower->_rows == rows && tower->_numerics == numerics;
    }
    if (tower->_bags != 1 || tower->_numerics != 0 || tower->_rows != rows + numerics) {
        return 0;
    }
    tower->_folded = 1;
    tower->_numerics = numerics;
    tower->_rows -= numerics;
    return 1;
}

static tt_status read_schema(tt_onnx *onnx, tt_model *model) {
    const tt_text text[] = {onnx_property(onnx, "twotower.schema"),
                            onnx_property(onnx, "twotower.id_keys"),
                            onnx_property(onnx, "twotower.token_keys")};
    const tt_schema *schema = &model->_schema;
    if (text[0].at == NULL) {
        return TT_OK;
    }
    tt_error error = {TT_OK, 0, 0};
    tt_status status = tt_schema_read(&model->_schema, text[0], text[1], text[2], &error);
    if (status != TT_OK) {
        /* error.node says which of the three; a missing list is the schema's fault. */
        const char *at = text[error.node].at != NULL ? text[error.node].at : text[0].at;
        size_t offset = (size_t)((const uint8_t *)at - onnx->bytes) + error.offset;
        return tt_onnx_fail(onnx, status, (uint32_t)offset, TT_NO_NODE);
    }
    model->_has_schema = 1;
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        if (!schema_fits(schema, &model->_tower[t], schema->numerics[t])) {
            size_t offset = (size_t)((const uint8_t *)text[0].at - onnx->bytes);
            return tt_onnx_fail(onnx, TT_ERR_SCHEMA, (uint32_t)offset, TT_NO_NODE);
        }
    }
    return TT_OK;
}

static TT_NOINLINE tt_status read_model(tt_onnx *onnx, tt_model *model) {
    tt_status status = tt_onnx_parse(onnx);
    if (status == TT_OK) {
        status = tt_onnx_check(onnx);
    }
    if (status == TT_OK) {
        status = tt_onnx_lower(onnx, model);
    }
    return status == TT_OK ? read_schema(onnx, model) : status;
}

tt_status tt_model_read(tt_model *model, const void *bytes, size_t len, void *scratch,
                        size_t scratch_size, tt_error *error) {
    tt_onnx *onnx = scratch;
    tt_error refusal = {TT_OK, 0, TT_NO_NODE};
    if (scratch_size < sizeof *onnx) {
        refusal.status = TT_ERR_SPACE;
    } else if (len > TT_WIRE_LIMIT) {
        refusal.status = TT_ERR_LIMIT;
    } else {
        /* The tables need no clearing: each entry is cleared when it is added. */
        memset(onnx, 0, offsetof(tt_onnx, names));
        onnx->names.count = onnx->keys.count = 0;
        onnx->error = refusal;
        onnx->bytes = bytes;
        onnx->len = (uint32_t)len;
        memset(model, 0, sizeof *model);
        model->_bytes = bytes;
        model->_len = len;
        uint64_t mode = tt_guard_enter(); /* bounds and slopes are compared */
        refusal.status = read_model(onnx, model);
        tt_guard_leave(mode);
        if (refusal.status != TT_OK) {
            refusal = onnx->error;
        }
    }
    if (refusal.status != TT_OK && error != NULL) {
        *error = refusal;
    }
    return refusal.status;
}

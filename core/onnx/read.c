/* SPDX-License-Identifier: MIT */
#include "codec/guard.h"
#include "onnx/onnx.h"

typedef char read_size_fits[sizeof(tt_onnx) <= TT_READ_SIZE ? 1 : -1];

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

static TT_NOINLINE tt_status read_model(tt_onnx *onnx, tt_model *model) {
    tt_status status = tt_onnx_parse(onnx);
    if (status == TT_OK) {
        status = tt_onnx_check(onnx);
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        if (onnx->as.output[t].len == 0) {
            onnx->as.output[t] =
                onnx_property(onnx, t == TT_USER ? "twotower.user_output" : "twotower.item_output");
        }
    }
    if (status == TT_OK) {
        status = tt_onnx_lower(onnx, model);
    }
    if (status != TT_OK) {
        return status;
    }
    const tt_text text[] = {onnx_property(onnx, "twotower.schema"),
                            onnx_property(onnx, "twotower.id_keys"),
                            onnx_property(onnx, "twotower.token_keys")};
    return tt_model_schema_read(model, text, &onnx->error);
}

tt_status tt_model_read(tt_model *model, const void *bytes, size_t len, void *scratch,
                        size_t scratch_size, tt_error *error) {
    return tt_model_read_as(model, bytes, len, NULL, scratch, scratch_size, error);
}

tt_status tt_model_read_as(tt_model *model, const void *bytes, size_t len, const tt_read_as *as,
                           void *scratch, size_t scratch_size, tt_error *error) {
    TT_REQUIRE(model != NULL && (bytes != NULL || len == 0));
    TT_REQUIRE(scratch_size < tt_model_read_size() || (uintptr_t)scratch % sizeof(uint64_t) == 0);
    tt_onnx *onnx = scratch;
    tt_error refusal = {TT_OK, 0, TT_NO_NODE};
    if (scratch_size < sizeof *onnx) {
        refusal.status = TT_ERR_SPACE;
    } else if (len > TT_WIRE_LIMIT || (as != NULL && as->external > TT_WIRE_LIMIT - len)) {
        refusal.status = TT_ERR_LIMIT;
    } else {
        /* The tables need no clearing: each entry is cleared when it is added. */
        memset(onnx, 0, offsetof(tt_onnx, names));
        onnx->names.count = onnx->keys.count = 0;
        onnx->error = refusal;
        onnx->bytes = bytes;
        onnx->len = (uint32_t)len;
        if (as != NULL) {
            onnx->as = *as;
        }
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

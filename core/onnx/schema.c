/* SPDX-License-Identifier: MIT */
/* The schema of a model, and whether it describes the graph that it came with. */
#include "onnx/onnx.h"

typedef char model_size_fits[sizeof(tt_model) <= 24 * 1024 ? 1 : -1];

/* A graph alone does not say which inputs of a plain MLP are its numerics: the last ones. */
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

tt_status tt_model_schema_read(tt_model *model, const tt_text *text, tt_error *error) {
    if (text[0].at == NULL) {
        return TT_OK;
    }
    tt_status status = tt_schema_read(&model->_schema, text[0], text[1], text[2], error);
    uint32_t which = status != TT_OK ? error->node : 0;
    size_t within = status != TT_OK ? error->offset : 0;
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        if (!schema_fits(&model->_schema, &model->_tower[t], model->_schema.numerics[t])) {
            status = TT_ERR_SCHEMA;
        }
    }
    model->_has_schema = status == TT_OK;
    if (status != TT_OK) { /* a missing list is the fault of the lines */
        const char *at = text[which].at != NULL ? text[which].at : text[0].at;
        error->status = status;
        error->offset = (size_t)((const uint8_t *)at - model->_bytes) + within;
        error->node = TT_NO_NODE;
    }
    return status;
}

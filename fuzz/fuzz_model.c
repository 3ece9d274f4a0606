/* SPDX-License-Identifier: MIT */
/* Claim: reading any bytes stays inside them, and what reads can be verified,
 * asked and used for an embedding. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twotower.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A row that touches the first and the last row of every bag. */
static void embed(const tt_model *model, tt_tower tower) {
    uint32_t rows = tt_model_rows(model, tower);
    const tt_entry entries[] = {{0, 1.0f}, {rows - 1, 0.5f}};
    tt_features row;
    memset(&row, 0, sizeof row);
    for (uint32_t bag = 0; bag < tt_model_bags(model, tower); bag++) {
        row.entry[bag] = entries;
        row.count[bag] = rows > 1 ? 2 : rows;
    }
    for (uint32_t i = 0; i < tt_model_numerics(model, tower); i++) {
        row.numeric[i] = 0.25f * (float)i;
    }
    size_t need = tt_scratch_size(model, tower, 1);
    float *out = malloc(tt_model_dim(model) * sizeof *out);
    void *scratch = malloc(need);
    if (out != NULL && scratch != NULL) {
        tt_status status = tt_embed(&(tt_embedder){model, tt_kernels_c(), tower, scratch, need},
                                    &row, 1, out, NULL);
        if (status != TT_OK && status != TT_ERR_NONFINITE) {
            abort();
        }
    }
    free(scratch);
    free(out);
}

static int count(void *context, const void *bytes, size_t len) {
    (void)bytes;
    *(size_t *)context += len;
    return 0;
}

/* Weights laid out anew give the same bits; so do they as a sparse tower's file. */
static void pack(const tt_model *model) {
    tt_model packed = *model;
    size_t size = tt_model_pack_size(model), written = 0;
    void *memory = malloc(size + 1);
    if (memory == NULL || tt_model_pack(&packed, memory, size) != TT_OK) {
        abort();
    }
    for (int tower = TT_USER; tower <= TT_ITEM; tower++) {
        if (tt_model_has(&packed, (tt_tower)tower)) {
            embed(&packed, (tt_tower)tower);
            if (tt_model_write_sparse(&packed, (tt_tower)tower, count, &written) == TT_OK &&
                written == 0) {
                abort();
            }
        }
    }
    free(memory);
}

static void use(const tt_model *model) {
    tt_error error;
    if (tt_model_verify(model, &error) != TT_OK && error.status != TT_ERR_NONFINITE) {
        abort();
    }
    tt_text value = tt_model_property(model, "run_id");
    if (value.len > 0 && value.at[value.len - 1] == '\0') {
        (void)tt_model_property(model, "");
    }
    for (int tower = TT_USER; tower <= TT_ITEM; tower++) {
        if (tt_model_has(model, (tt_tower)tower)) {
            embed(model, (tt_tower)tower);
        }
    }
    pack(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    void *scratch = malloc(tt_model_read_size());
    if (bytes != NULL && scratch != NULL) {
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        if (size > 0) {
            memcpy(bytes, data, size);
        }
        if (tt_model_read(&model, bytes, size, scratch, tt_model_read_size(), &error) == TT_OK) {
            use(&model);
        } else if (error.status == TT_OK || error.offset > size) {
            abort();
        } else {
            tt_text op, name;
            tt_error_place(&error, bytes, size, &op, &name);
        }
    }
    free(scratch);
    free(bytes);
    return 0;
}

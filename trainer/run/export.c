/* SPDX-License-Identifier: MIT */
#include "common/fields.h"
#include "common/recipe.h"

#include <stdlib.h>
#include <string.h>

enum { OWN_PROPERTIES = 3 };

/* All weights in f16, for the caller to free.  *status: TR_NO_MEMORY, or TR_DIVERGED where a
 * weight is too large for f16. */
static uint16_t *weights_f16(const tr_model *model, tr_status *status) {
    uint16_t *half = malloc(model->count * sizeof *half);
    *status = half ? TR_OK : TR_NO_MEMORY;
    for (size_t i = 0; i < model->count && *status == TR_OK; i++) {
        half[i] = tt_half_from_float(model->weight[i]);
        if ((half[i] & 0x7c00) == 0x7c00)
            *status = TR_DIVERGED;
    }
    return half;
}

/* The schema, its key lists if it has some, then the caller's; *all counts them. */
static tt_property *all_properties(const tr_vocabulary *vocabulary, const tt_property *properties,
                                   size_t count, size_t *all) {
    tt_property *list = malloc((count + OWN_PROPERTIES) * sizeof *list);
    if (!list)
        return NULL;
    size_t used = 0;
    list[used++] =
        (tt_property){tr_text("twotower.schema"), {vocabulary->lines, vocabulary->lines_len}};
    if (vocabulary->schema.recipe == TT_RECIPE_SHARED) {
        list[used++] = (tt_property){tr_text("twotower.id_keys"),
                                     {vocabulary->id_keys, vocabulary->id_keys_len}};
        list[used++] = (tt_property){tr_text("twotower.token_keys"),
                                     {vocabulary->token_keys, vocabulary->token_keys_len}};
    }
    if (count > 0)
        memcpy(list + used, properties, count * sizeof *list);
    *all = used + count;
    return list;
}

tr_status tr_export(const tr_model *model, const tr_vocabulary *vocabulary, int with_user,
                    int with_item, const tt_property *properties, size_t count, tt_sink sink,
                    void *context) {
    tr_status status;
    uint16_t *half = weights_f16(model, &status);
    tt_weights weights = {.producer_version = "1"};
    tt_property *all = all_properties(vocabulary, properties, count, &weights.properties);
    if (!all)
        status = TR_NO_MEMORY;
    if (status == TR_OK) {
        tt_tower_weights tower[TT_TOWERS];
        model->recipe->describe(model, half, &weights, tower);
        weights.tower[TT_USER] = with_user ? &tower[TT_USER] : NULL;
        weights.tower[TT_ITEM] = with_item ? &tower[TT_ITEM] : NULL;
        weights.property = all;
        tt_status written = tt_model_write(&weights, sink, context);
        if (written != TT_OK)
            status = written == TT_ERR_SINK ? TR_SINK : TR_CORE;
    }
    free(half);
    free(all);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "common/fields.h"
#include "run/model.h"

#include <stdlib.h>
#include <string.h>

enum { OWN_PROPERTIES = 3 };

/* A matrix whose last row is the bias. */
static tt_dense dense(const uint16_t *half, size_t at, uint32_t width, uint32_t out) {
    return (tt_dense){half + at, half + at + (size_t)(width - 1) * out};
}

/* Half precision of all weights; NULL if memory is short or one overflows. */
static uint16_t *halve(const tr_model *model, tr_status *status) {
    size_t count = tr_model_count(model);
    uint16_t *half = malloc(count * sizeof *half);
    *status = half ? TR_OK : TR_NO_MEMORY;
    for (size_t i = 0; i < count && *status == TR_OK; i++) {
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

static tt_tower_weights tower_weights(const tr_shape *shape, const uint16_t *half, tt_tower tower) {
    uint32_t dim = shape->dim, width = shape->width[tower];
    uint32_t bags = tower == TT_USER ? TT_MAX_BAGS : 1;
    tt_tower_weights weights = {0};
    weights.bags = bags;
    weights.numerics = width - 1 - bags * dim;
    weights.out = dim;
    weights.skip = dense(half, tower == TT_USER ? shape->skip : shape->item, width, dim);
    if (tower == TT_USER && shape->hidden > 0) {
        weights.hidden = shape->hidden;
        weights.first = dense(half, shape->first, width, shape->hidden);
        weights.second = dense(half, shape->second, shape->hidden + 1, dim);
    }
    return weights;
}

static tt_tower_weights mlp_weights(const tr_mlp_shape *shape, const uint16_t *half, tt_tower tower,
                                    uint32_t numerics) {
    tt_tower_weights weights = {0};
    weights.bags = 1;
    weights.rows = shape->inputs[tower] - 1 - numerics;
    weights.numerics = numerics;
    weights.hidden = shape->hidden;
    weights.out = shape->dim;
    weights.first = dense(half, shape->first[tower], shape->inputs[tower], shape->hidden);
    weights.second = dense(half, shape->second[tower], shape->hidden + 1, shape->dim);
    return weights;
}

/* All weights in half precision as the core writes them; *tower is room for two. */
static tt_weights all_weights(const tr_model *model, const tr_vocabulary *vocabulary,
                              const uint16_t *half, tt_tower_weights *tower) {
    tt_weights weights = {.producer_version = "1"};
    for (int t = 0; t < TT_TOWERS; t++)
        tower[t] = model->recipe == TR_MLP
                       ? mlp_weights(&model->mlp, half, (tt_tower)t, vocabulary->schema.numerics[t])
                       : tower_weights(&model->shape, half, (tt_tower)t);
    if (model->recipe == TR_SHARED) {
        weights.table = half + model->shape.table;
        weights.rows = model->shape.rows;
        weights.width = model->shape.dim;
    }
    return weights;
}

tr_status tr_export(const tr_model *model, const tr_vocabulary *vocabulary, int with_user,
                    int with_item, const tt_property *properties, size_t count, tt_sink sink,
                    void *context) {
    tr_status status;
    uint16_t *half = halve(model, &status);
    size_t properties_all = 0;
    tt_property *all = all_properties(vocabulary, properties, count, &properties_all);
    if (!all)
        status = TR_NO_MEMORY;
    if (status == TR_OK) {
        tt_tower_weights tower[TT_TOWERS];
        tt_weights weights = all_weights(model, vocabulary, half, tower);
        weights.tower[TT_USER] = with_user ? &tower[TT_USER] : NULL;
        weights.tower[TT_ITEM] = with_item ? &tower[TT_ITEM] : NULL;
        weights.property = all;
        weights.properties = properties_all;
        tt_status written = tt_model_write(&weights, sink, context);
        if (written != TT_OK)
            status = written == TT_ERR_SINK ? TR_SINK : TR_CORE;
    }
    free(half);
    free(all);
    return status;
}

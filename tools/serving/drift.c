/* SPDX-License-Identifier: MIT */
#include "serving/drift.h"

#include "base/message.h"

#include <string.h>

static void keep(drift *of, tt_text id, const float *vector, uint32_t dim) {
    uint32_t at = (uint32_t)of->_by_id.used;
    if (at == DRIFT_COMPARED)
        return;
    of->id[at] = arena_text(&of->_memory, id);
    of->vector[at] =
        memcpy(arena_take(&of->_memory, dim * sizeof *vector), vector, dim * sizeof *vector);
    (void)map_put(&of->_by_id, of->id[at], at);
}

void drift_take(drift *of, const embedder *rows, tt_text id, const float *vector, int replaced) {
    uint32_t numerics = tt_model_schema(rows->model)->numerics[TT_ITEM];
    of->rows++;
    /* A missing number is a feature of 0; so is the mean itself, which changes no sum. */
    for (uint32_t i = 0; i < numerics; i++) {
        of->sum[i] += (double)rows->features.numeric[i];
        of->present[i] += rows->features.numeric[i] != 0.0f;
    }
    of->replaced += replaced != 0;
    if (replaced)
        keep(of, id, vector, tt_model_dim(rows->model));
}

static int compare(void *context, const embedding_row *row) {
    drift *of = context;
    uint32_t at;
    double square = 0;
    if (!map_get(&of->_by_id, row->id, &at))
        return 0;
    for (uint32_t i = 0; i < row->dim; i++) {
        const double difference = (double)row->vector[i] - (double)of->vector[at][i];
        square += difference * difference;
    }
    of->shift += square / 2; /* 1 - cosine of vectors of unit length */
    of->compared++;
    return 0;
}

int drift_compare(drift *of, store *from, const char *version) {
    if (!of->_by_id.used)
        return 0;
    return from->operations->embeddings_of(from, version, of->id, of->_by_id.used, compare, of);
}

void drift_free(drift *of) {
    map_free(&of->_by_id);
    arena_free(&of->_memory);
}

static json_t *numeric(const drift *of, const tt_numeric *one, uint32_t i) {
    static const char *const form[] = {"linear", "square", "log1p", "missing"};
    const double present = (double)of->present[i], rows = (double)of->rows;
    json_t *shown =
        json_pack("{s:s%, s:s}", "name", one->source.at, one->source.len, "form", form[one->form]);
    if (one->form == TT_FORM_MISSING) {
        json_object_set_new(shown, "missing_rate", json_finite(of->sum[i] / rows));
    } else {
        const double z = of->sum[i] / present;
        json_object_set_new(shown, "mean",
                            json_finite((double)one->mean + z * (double)one->deviation));
        json_object_set_new(shown, "model_mean", json_finite((double)one->mean));
        json_object_set_new(shown, "model_deviation", json_finite((double)one->deviation));
        json_object_set_new(shown, "shift", json_finite(z));
    }
    return shown;
}

json_t *drift_summary(const drift *of, const embedder *rows) {
    const tt_schema *schema = tt_model_schema(rows->model);
    const double known = (double)rows->tokens_known, unknown = (double)rows->tokens_unknown;
    json_t *numerics = json_array();
    for (uint32_t i = 0; i < schema->numerics[TT_ITEM]; i++)
        if (schema->numeric[TT_ITEM][i].form != TT_FORM_SQUARE) /* says what linear says */
            json_array_append_new(numerics, numeric(of, &schema->numeric[TT_ITEM][i], i));
    return json_pack("{s:I, s:o, s:o, s:I, s:I, s:o}", "rows", (json_int_t)of->rows,
                     "unseen_token_rate", json_finite(unknown / (known + unknown)), "numerics",
                     numerics, "replaced", (json_int_t)of->replaced, "compared",
                     (json_int_t)of->compared, "mean_cosine_shift",
                     json_finite(of->shift / (double)of->compared));
}

/* SPDX-License-Identifier: MIT */
/* Whether the model's inputs and outputs are sound, and how far it is from the other one. */
#include "base/fail.h"
#include "report/report.h"
#include "serving/collisions.h"

#include <math.h>
#include <stdlib.h>

enum { PROBES = 400, NEAREST = 10, BINS = 10 };

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

/* Rows without embedding, and the least and largest squared norm of the others. */
static json_t *norms(const embedded *rows) {
    uint32_t without = 0;
    double least = HUGE_VAL, most = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        double sum = 0;
        for (uint32_t j = 0; j < rows->dim; j++) {
            double x = (double)rows->vector[(size_t)i * rows->dim + j];
            sum += x * x;
        }
        without += !rows->made[i];
        if (rows->made[i]) {
            least = sum < least ? sum : least;
            most = sum > most ? sum : most;
        }
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "rows", integer(rows->count), "without",
                     integer(without), "least",
                     without < rows->count ? json_real(least) : json_null(), "most",
                     without < rows->count ? json_real(most) : json_null());
}

/* [[field, videos without it], ...] */
static json_t *missing(const item_table *items) {
    json_t *made = json_array();
    static const char *const extra[] = {"title", "product_released_at", "price",
                                        "duration_seconds"};
    for (int f = 0; f < TR_FIELDS + 4; f++) {
        uint64_t count = 0;
        for (uint32_t i = 0; i < items->count; i++) {
            const item_extra *own = &items->extra[i];
            count += f < TR_FIELDS        ? items->item[i].field[f].count == 0
                     : f == TR_FIELDS     ? own->title.len == 0
                     : f == TR_FIELDS + 1 ? items->item[i].released_at.len == 0
                     : f == TR_FIELDS + 2 ? isnan(own->price) != 0
                                          : isnan(own->duration_seconds) != 0;
        }
        json_array_append_new(
            made, json_pack("[s, o]", f < TR_FIELDS ? tr_field_name[f] : extra[f - TR_FIELDS],
                            integer(count)));
    }
    return made;
}

/* The model's vocabulary over the catalogue: {known, unknown} tokens, videos without a known one.
 */
static int vocabulary(json_t **made, const report *of, const report_run *run) {
    embedder rows;
    uint64_t bare = 0;
    float *vector = xmalloc(run->items.dim * sizeof *vector);
    int ok, status = embedder_open(&rows, &run->model.model, TT_ITEM, run->model.path);
    for (uint32_t i = 0; i < of->data.items.count && !status; i++) {
        status = embedder_item(&rows, &of->data.items.item[i], vector, &ok);
        bare += rows.features.tokens_known == 0;
    }
    if (!status)
        *made = json_pack("{s:o, s:o, s:o}", "known", integer(rows.tokens_known), "unknown",
                          integer(rows.tokens_unknown), "bare", integer(bare));
    embedder_close(&rows);
    free(vector);
    return status;
}

int report_health(json_t **made, const report *of, const report_run *run) {
    json_t *collisions = NULL, *words = NULL;
    *made = json_object();
    int status = vocabulary(&words, of, run);
    if (!status)
        status = collisions_count(&collisions, tt_model_schema(&run->model.model),
                                  of->settings.tables.items);
    json_object_set_new(*made, "collisions", collisions);
    json_object_set_new(*made, "vocabulary", words);
    json_object_set_new(*made, "missing", missing(&of->data.items));
    json_object_set_new(*made, "users", norms(&run->users));
    json_object_set_new(*made, "videos", norms(&run->items));
    return status;
}

/* ---- Drift ---------------------------------------------------------------------------------- */

static uint32_t common(const uint32_t *a, const uint32_t *b, uint32_t n, uint32_t *length) {
    uint32_t both = 0;
    *length = 0;
    for (uint32_t i = 0; i < n; i++) {
        *length += a[i] != UINT32_MAX;
        for (uint32_t j = 0; j < n && a[i] != UINT32_MAX; j++)
            both += a[i] == b[j];
    }
    return both;
}

/* The share of each user's list that both models have: mean, and users in ten equal bins. */
static json_t *lists_shared(const report *of) {
    uint64_t bin[BINS] = {0}, users = 0;
    uint32_t k = of->task.k, length;
    double sum = 0;
    for (uint32_t u = 0; u < of->data.users.count; u++) {
        uint32_t both =
            common(of->run[0].top + (size_t)u * k, of->run[1].top + (size_t)u * k, k, &length);
        if (!length)
            continue;
        uint32_t at = both * BINS / length;
        bin[at < BINS ? at : BINS - 1]++;
        sum += (double)both / length;
        users++;
    }
    json_t *bins = json_array();
    for (int i = 0; i < BINS; i++)
        json_array_append_new(bins, integer(bin[i]));
    return json_pack("{s:o, s:o, s:o}", "users", integer(users), "mean",
                     users ? json_real(sum / (double)users) : json_null(), "bins", bins);
}

static void nearest(const embedded *rows, uint32_t of, uint32_t found[NEAREST]) {
    tt_hit hits[NEAREST];
    const float *query = rows->vector + (size_t)of * rows->dim;
    tt_rows all = {rows->vector, rows->count, rows->dim, TT_F32};
    size_t held = tt_topk(tt_kernels_best(), &all, query, &of, 1, hits, NEAREST);
    for (size_t i = 0; i < NEAREST; i++)
        found[i] = i < held ? hits[i].index : UINT32_MAX;
}

/* Of some videos, evenly chosen: the share of their nearest neighbours that both models have. */
static json_t *neighbours_shared(const report *of) {
    uint32_t all = of->data.items.count, probes = all < PROBES ? all : PROBES, used = 0, length;
    double sum = 0;
    for (uint32_t i = 0; i < probes; i++) {
        uint32_t which = (uint32_t)((uint64_t)i * all / probes), a[NEAREST], b[NEAREST];
        if (!of->run[0].items.made[which] || !of->run[1].items.made[which])
            continue;
        nearest(&of->run[0].items, which, a);
        nearest(&of->run[1].items, which, b);
        uint32_t both = common(a, b, NEAREST, &length);
        sum += length ? (double)both / length : 0;
        used++;
    }
    return json_pack("{s:o, s:i, s:o}", "videos", integer(used), "nearest", NEAREST, "mean",
                     used ? json_real(sum / used) : json_null());
}

json_t *report_drift(const report *of) {
    if (of->runs < 2)
        return json_null();
    return json_pack("{s:o, s:o}", "lists", lists_shared(of), "neighbours", neighbours_shared(of));
}

/* SPDX-License-Identifier: MIT */
#include "training/run_files.h"

#include "base/fail.h"
#include "base/output.h"
#include "catalogue/embeddings.h"
#include "serving/embedded.h"
#include "serving/embedder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double parity_limit = 1e-4;

typedef struct model_output {
    output out;
    int status; /* of the last write */
} model_output;

static int sink(void *context, const void *bytes, size_t len) {
    model_output *to = context;
    return to->status = output_write(&to->out, bytes, len);
}

static tt_property property(const char *key, const char *value) {
    return (tt_property){{key, strlen(key)}, {value, strlen(value)}};
}

const char *run_format(const trained *run) {
    return run->options->recipe == TR_MLP ? "two_tower.feature_mlp" : "two_tower.shared";
}

static int write_model(const trained *run, const char *path, int with_user, int with_item) {
    char scale[32], bias[32], schema[16];
    snprintf(scale, sizeof scale, "%.9g", (double)tr_model_scale(run->model));
    snprintf(schema, sizeof schema, "%d", TT_SCHEMA_VERSION);
    snprintf(bias, sizeof bias, "%.9g", (double)tr_model_bias(run->model));
    const tt_property properties[] = {
        property("model_name", "two_tower"), property("format", run_format(run)),
        property("run_id", run->run_id),     property("input_schema_version", schema),
        property("logit_scale", scale),      property("logit_bias", bias),
    };
    model_output to = {.status = 0};
    int status = output_open(&to.out, path);
    if (status)
        return status;
    tr_status exported = tr_export(run->model, run->vocabulary, with_user, with_item, properties,
                                   sizeof properties / sizeof *properties, sink, &to);
    if (to.status)
        status = to.status;
    else if (exported != TR_OK)
        status = fail(TW_IO, "%s: cannot write the model: %s", path, tr_status_text(exported));
    if (!status)
        status = output_commit(&to.out);
    output_abandon(&to.out);
    return status;
}

int run_write_models(const trained *run, const char *folder) {
    char *both = xasprintf("%s/two_tower_%s.onnx", folder, run->run_id);
    char *user = xasprintf("%s/user_tower.onnx", folder);
    char *item = xasprintf("%s/item_tower.onnx", folder);
    char *link = xasprintf("%s/two_tower_latest.onnx", folder);
    int status = write_model(run, both, 1, 1);
    if (!status)
        status = write_model(run, user, 1, 0);
    if (!status)
        status = write_model(run, item, 0, 1);
    if (!status)
        status = output_link(strrchr(both, '/') + 1, link);
    free(both);
    free(user);
    free(item);
    free(link);
    return status;
}

/* ---- Parity --------------------------------------------------------------------------- */

/* A row that only the fp32 weights can embed is as far away as can be. */
static void compare(const trained *run, const embedder *rows, const float *written, int made,
                    float *exact, double *worst) {
    double dot = 0;
    if (!tr_embed(run->model, rows->tower, &rows->features, exact))
        return;
    for (uint32_t j = 0; j < run->options->dim; j++)
        dot += (double)exact[j] * (double)written[j];
    double distance = made && isfinite(dot) ? 1 - dot : INFINITY;
    if (distance > *worst)
        *worst = distance;
}

static int parity_of(const trained *run, const model_file *written, tt_tower tower, uint32_t count,
                     double *worst) {
    enum { SAMPLE = 256 };
    embedder rows;
    uint32_t step = count / SAMPLE + 1, dim = run->options->dim;
    float *vector = xmalloc(2 * dim * sizeof *vector);
    int made, status = embedder_open(&rows, &written->model, tower, written->path);
    for (uint32_t i = 0; i < count && !status; i += step) {
        status = tower == TT_ITEM ? embedder_item(&rows, &run->data->items.item[i], vector, &made)
                                  : embedder_user(&rows, &run->data->users.user[i],
                                                  run->data->items.item, vector, &made);
        if (!status)
            compare(run, &rows, vector, made, vector + dim, worst);
    }
    embedder_close(&rows);
    free(vector);
    return status;
}

int run_check_parity(const trained *run, const model_file *written, double *worst) {
    *worst = 0;
    int status = parity_of(run, written, TT_ITEM, run->data->items.count, worst);
    if (!status)
        status = parity_of(run, written, TT_USER, run->data->users.count, worst);
    if (!status && *worst > parity_limit)
        status = fail(TW_INPUT,
                      "%s: half precision moves an embedding by a cosine distance of %.2g, more "
                      "than %.0e; train with a lower --lr",
                      written->path, *worst, parity_limit);
    return status;
}

/* ---- Embeddings -------------------------------------------------------------------------- */

static int write_rows(embedding_writer *out, const embedded *rows, const tt_text *id,
                      const tr_item *item, const model_file *model) {
    int status = 0;
    for (uint32_t i = 0; i < rows->count && !status; i++)
        if (rows->made[i])
            status = embedding_put(
                out, &(embedding_row){.id = id ? id[i] : item[i].id,
                                      .model_version = {model->version, strlen(model->version)},
                                      .input_digest = {rows->digest[i], 16},
                                      .vector = rows->vector + (size_t)i * rows->dim,
                                      .dim = rows->dim});
    return status;
}

static int write_embeddings(const model_file *model, const dataset *data, const char *folder,
                            embedding_kind kind, uint32_t threads) {
    int videos = kind == VIDEO_EMBEDDINGS;
    const tr_item *items = data->items.item;
    embedded rows;
    embedding_writer *out = NULL;
    char *path = xasprintf("%s/%s_embeddings.parquet", folder, videos ? "video" : "user");
    int status = videos ? embedded_items(&rows, model, items, data->items.count, threads, 1)
                        : embedded_users(&rows, model, data->users.user, data->users.count, items,
                                         threads, 1);
    if (!status)
        status = embedding_create(&out, path, kind, 0);
    if (!status) {
        status = write_rows(out, &rows, videos ? NULL : data->users.id, items, model);
        if (status)
            embedding_abandon(out);
        else
            status = embedding_commit(&out);
    }
    embedded_free(&rows);
    free(path);
    return status;
}

int run_write_embeddings(const model_file *model, const dataset *data, const char *folder,
                         uint32_t threads) {
    int status = write_embeddings(model, data, folder, VIDEO_EMBEDDINGS, threads);
    return status ? status : write_embeddings(model, data, folder, USER_EMBEDDINGS, threads);
}

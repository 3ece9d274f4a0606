/* SPDX-License-Identifier: MIT */
#include "model/run_files.h"

#include "cli/fail.h"
#include "cli/output.h"
#include "model/embedded.h"
#include "model/embedder.h"
#include "tables/embeddings.h"

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

/* The name of the model's form, as model_meta.json has it. */
static const char *format_of(const trained *run) {
    return run->options->recipe == TR_MLP ? "two_tower.feature_mlp" : "two_tower.shared";
}

static int write_model(const trained *run, const char *path, int with_user, int with_item) {
    char scale[32], bias[32];
    snprintf(scale, sizeof scale, "%.9g", (double)tr_model_scale(run->model));
    snprintf(bias, sizeof bias, "%.9g", (double)tr_model_bias(run->model));
    const tt_property properties[] = {
        property("model_name", "two_tower"), property("format", format_of(run)),
        property("run_id", run->run_id),     property("input_schema_version", "1"),
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
    char *both = need_format("%s/two_tower_%s.onnx", folder, run->run_id);
    char *user = need_format("%s/user_tower.onnx", folder);
    char *item = need_format("%s/item_tower.onnx", folder);
    char *link = need_format("%s/two_tower_latest.onnx", folder);
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

/* The run id and the inputs of the prep run, from its summary.json; nulls where
 * the tables came from elsewhere. */
static json_t *data_snapshot(const char *prep) {
    char *path = need_format("%s/summary.json", prep);
    FILE *there = fopen(path, "r");
    json_t *summary = NULL, *snapshot = json_object();
    if (there) {
        fclose(there);
        if (json_read(&summary, path))
            fail_clear();
    }
    json_object_set(snapshot, "prep_run_id",
                    summary ? json_object_get(summary, "run_id") : json_null());
    json_object_set(snapshot, "source_csv",
                    summary ? json_object_get(summary, "source_csv") : json_null());
    json_decref(summary);
    free(path);
    return snapshot;
}

static int takes_price(const tt_schema *schema) {
    for (uint32_t i = 0; i < schema->numerics[TT_ITEM]; i++)
        if (schema->numeric[TT_ITEM][i].source.len == 5 &&
            !memcmp(schema->numeric[TT_ITEM][i].source.at, "price", 5))
            return 1;
    return 0;
}

/* The sizes of the hashed vocabularies of --recipe mlp. */
static void add_buckets(json_t *meta, const tt_schema *schema) {
    static const char *const keys[][2] = {{"tag", "tag_vocab_size"},
                                          {"performer", "performer_vocab_size"},
                                          {"tag", "preferred_tag_vocab_size"}};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        for (uint32_t i = 0; i < schema->spaces; i++)
            if (schema->space[i].name.len == strlen(keys[k][0]) &&
                !memcmp(schema->space[i].name.at, keys[k][0], schema->space[i].name.len))
                json_object_set_new(meta, keys[k][1],
                                    json_integer((json_int_t)schema->space[i].buckets));
}

static json_t *hyper_parameters(const trained *run) {
    const tr_options *o = run->options;
    json_t *all = json_pack("{s:s, s:I, s:I, s:f, s:I, s:f}", "recipe",
                            o->recipe == TR_MLP ? "mlp" : "shared", "epochs", (json_int_t)o->epochs,
                            "batch_size", (json_int_t)o->batch, "lr", (double)o->lr, "seed",
                            (json_int_t)o->seed, "logit_scale", (double)tr_model_scale(run->model));
    json_t *own =
        o->recipe == TR_MLP
            ? json_pack("{s:s, s:I, s:I, s:f}", "loss", o->loss == TR_SOFTMAX ? "softmax" : "bce",
                        "neg_per_pos", (json_int_t)o->negatives, "patience",
                        (json_int_t)o->patience, "logit_bias", (double)tr_model_bias(run->model))
            : json_pack("{s:f, s:f, s:f}", "history_keep", (double)o->history_keep,
                        "hidden_dropout", (double)o->hidden_dropout, "id_dropout",
                        (double)o->id_dropout);
    json_object_update(all, own);
    json_decref(own);
    return all;
}

int run_write_meta(const trained *run, const char *folder, const char *prep) {
    const tr_options *o = run->options;
    const tt_schema *schema = &run->vocabulary->schema;
    uint64_t rows = (uint64_t)schema->id_rows + schema->token_rows;
    uint64_t bags = o->recipe == TR_MLP ? 1 : TT_MAX_BAGS;
    char now[21];
    instant_format(now, instant_now());
    const char *commit = getenv("GITHUB_SHA");
    json_t *meta = json_pack(
        "{s:s, s:s, s:s, s:s, s:s?, s:i, s:I, s:I, s:I, s:I, s:b}", "model_name", "two_tower",
        "format", format_of(run), "run_id", run->run_id, "trained_at", now, "git_commit", commit,
        "input_schema_version", 1, "embedding_dim", (json_int_t)o->dim, "hidden_dim",
        (json_int_t)o->hidden, "user_feature_dim",
        (json_int_t)(bags * rows + schema->numerics[TT_USER]), "item_feature_dim",
        (json_int_t)(rows + schema->numerics[TT_ITEM]), "use_price_feature", takes_price(schema));
    add_buckets(meta, schema);
    json_object_set_new(meta, "vocabulary",
                        json_pack("{s:I, s:I, s:I, s:I}", "video_ids", (json_int_t)schema->id_rows,
                                  "tokens", (json_int_t)schema->token_rows, "hash_seed",
                                  (json_int_t)schema->hash_seed, "collisions",
                                  (json_int_t)run->vocabulary->collisions));
    json_object_set_new(meta, "hyper_parameters", hyper_parameters(run));
    json_object_set_new(meta, "data_snapshot", data_snapshot(prep));
    char *path = need_format("%s/model_meta.json", folder);
    int status = json_write(meta, path);
    free(path);
    return status;
}

/* ---- Parity --------------------------------------------------------------------------- */

static void compare(const trained *run, const embedder *rows, const float *written, int made,
                    float *exact, double *worst) {
    double dot = 0;
    if (!made || !tr_embed(run->model, rows->tower, &rows->features, exact))
        return;
    for (uint32_t j = 0; j < run->options->dim; j++)
        dot += (double)exact[j] * (double)written[j];
    if (1 - dot > *worst)
        *worst = 1 - dot;
}

static int parity_of(const trained *run, const model_file *written, tt_tower tower, uint32_t count,
                     double *worst) {
    enum { SAMPLE = 256 };
    embedder rows;
    uint32_t step = count / SAMPLE + 1, dim = run->options->dim;
    float *vector = need(2 * dim * sizeof *vector);
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
    char *path = need_format("%s/%s_embeddings.parquet", folder, videos ? "video" : "user");
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

/* SPDX-License-Identifier: MIT */
/* model_meta.json. */
#include "base/fail.h"
#include "training/provenance.h"
#include "training/run_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_or_null(json_t *to, const char *name, json_t *value) {
    json_object_set(to, name, value ? value : json_null());
}

/* How prep divided its rows, so that others can be divided alike. */
static json_t *split_of(const json_t *prep) {
    static const char *const name[][2] = {{"how", "split"},
                                          {"seed", "seed"},
                                          {"val_ratio", "val_ratio"},
                                          {"cold_ratio", "cold_ratio"}};
    json_t *split = json_object();
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        set_or_null(split, name[i][0], json_object_get(prep, name[i][1]));
    return split;
}

/* The run id, the mode and the inputs of the prep run; nulls where the tables came from
 * elsewhere.  One input is a text, more are a list. */
static json_t *data_snapshot(const trained *run) {
    json_t *snapshot = json_object(), *inputs = json_object_get(run->prep, "source_csv");
    if (json_array_size(inputs) == 1)
        inputs = json_array_get(inputs, 0);
    set_or_null(snapshot, "prep_run_id", json_object_get(run->prep, "run_id"));
    set_or_null(snapshot, "mode", json_object_get(run->prep, "mode"));
    set_or_null(snapshot, "source_csv", inputs);
    json_object_set_new(snapshot, "split", split_of(json_object_get(run->prep, "options")));
    /* What prep read, and what it wrote: the hash of each says that it is the same. */
    set_or_null(snapshot, "prep_inputs", json_object_get(run->prep, "inputs"));
    set_or_null(snapshot, "inputs", json_object_get(run->how, "inputs"));
    return snapshot;
}

/* The shortest decimal number that is this float: 0.002, not 0.00200000009. */
static json_t *number(float value) {
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return json_finite(strtod(text, NULL));
}

static json_t *mlp_parameters(const trained *run) {
    const tr_options *o = run->options;
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "recipe", "mlp", "loss",
                     o->loss == TR_SOFTMAX ? "softmax" : "bce", "neg_per_pos",
                     (json_int_t)o->negatives, "few_dislikes", (json_int_t)o->few_dislikes,
                     "patience", (json_int_t)o->patience, "logit_bias",
                     json_finite((double)tr_model_bias(run->model)));
}

static json_t *shared_parameters(const tr_options *o) {
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s}", "recipe", "shared", "history_keep",
                     number(o->history_keep), "hidden_dropout", number(o->hidden_dropout),
                     "id_dropout", number(o->id_dropout), "target_exponent",
                     number(o->target_exponent), "ema", number(o->ema), "teacher",
                     o->teacher == TR_IALS ? "ials" : "none");
}

static json_t *hyper_parameters(const trained *run) {
    const tr_options *o = run->options;
    json_t *all =
        json_pack("{s:I, s:I, s:o, s:I, s:o}", "epochs", (json_int_t)o->epochs, "batch_size",
                  (json_int_t)o->batch, "lr", number(o->lr), "seed", (json_int_t)o->seed,
                  "logit_scale", json_finite((double)tr_model_scale(run->model)));
    json_t *own = o->recipe == TR_MLP ? mlp_parameters(run) : shared_parameters(o);
    json_object_update(all, own);
    json_decref(own);
    return all;
}

static int takes_price(const tt_schema *schema) {
    for (uint32_t i = 0; i < schema->numerics[TT_ITEM]; i++)
        if (schema->numeric[TT_ITEM][i].source.len == 5 &&
            !memcmp(schema->numeric[TT_ITEM][i].source.at, "price", 5))
            return 1;
    return 0;
}

/* The size of a vocabulary: its known tokens, or the buckets of a plain MLP. */
static json_t *size_of(const tt_schema *schema, const char *space, size_t known) {
    for (uint32_t i = 0; i < schema->spaces; i++)
        if (schema->space[i].name.len == strlen(space) &&
            !memcmp(schema->space[i].name.at, space, strlen(space)))
            known = schema->space[i].buckets;
    return json_integer((json_int_t)known);
}

static json_t *counts(const dataset *data) {
    json_int_t likes = 0;
    for (uint32_t i = 0; i < data->items.count; i++)
        likes += data->item_likes[i];
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "videos", (json_int_t)data->items.count, "users",
                     (json_int_t)data->users.count, "train_interactions",
                     (json_int_t)data->train.count, "train_likes", likes, "validation_interactions",
                     (json_int_t)data->val.count);
}

int run_write_meta(const trained *run, const char *folder) {
    const tr_options *o = run->options;
    const tt_schema *schema = &run->vocabulary->schema;
    uint64_t rows = (uint64_t)schema->id_rows + schema->token_rows;
    uint64_t bags = o->recipe == TR_MLP ? 1 : TT_MAX_BAGS;
    char now[21];
    instant_format(now, instant_now());
    char *commit = provenance_commit();
    json_t *meta = json_pack(
        "{s:s, s:s, s:s, s:s, s:s?, s:s, s:i, s:I, s:I, s:I, s:I, s:b}", "model_name", "two_tower",
        "format", run_format(run), "run_id", run->run_id, "trained_at", now, "git_commit", commit,
        "tool_version", TT_VERSION_STRING, "input_schema_version", TT_SCHEMA_VERSION,
        "embedding_dim", (json_int_t)o->dim, "hidden_dim", (json_int_t)o->hidden,
        "user_feature_dim", (json_int_t)(bags * rows + schema->numerics[TT_USER]),
        "item_feature_dim", (json_int_t)(rows + schema->numerics[TT_ITEM]), "use_price_feature",
        takes_price(schema));
    json_object_set_new(meta, "tag_vocab_size", size_of(schema, "tag", run->tags));
    json_object_set_new(meta, "performer_vocab_size",
                        size_of(schema, "performer", run->performers));
    /* Histories are bags over the same table: every tag of the vocabulary can be a taste. */
    json_object_set_new(meta, "preferred_tag_vocab_size", size_of(schema, "tag", run->tags));
    json_object_set_new(meta, "vocabulary",
                        json_pack("{s:I, s:I, s:I, s:I}", "video_ids", (json_int_t)schema->id_rows,
                                  "tokens", (json_int_t)schema->token_rows, "hash_seed",
                                  (json_int_t)schema->hash_seed, "collisions",
                                  (json_int_t)run->vocabulary->collisions));
    json_object_set_new(meta, "hyper_parameters", hyper_parameters(run));
    json_object_set_new(meta, "data", counts(run->data));
    json_object_set_new(meta, "data_snapshot", data_snapshot(run));
    set_or_null(meta, "options", json_object_get(run->how, "options"));
    free(commit);
    char *path = xasprintf("%s/model_meta.json", folder);
    int status = json_write(meta, path);
    free(path);
    return status;
}

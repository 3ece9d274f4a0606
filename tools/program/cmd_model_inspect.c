/* SPDX-License-Identifier: MIT */
/* model inspect: what a model file holds. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_model.h"
#include "serving/collisions.h"
#include "serving/model_file.h"

#include <stdio.h>
#include <stdlib.h>

static const option options[] = {
    {"verify", OPTION_FLAG, NULL, NULL, NULL, NULL, "also scan every weight of the table"},
    {"collisions", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "also count the catalogue's tokens that share a bucket, in each hash space"},
    {"item-features", OPTION_TEXT, "FILE",
     "ml/data/processed/two_tower/latest/item_features.parquet", NULL, NULL,
     "the catalogue of --collisions"},
    MODEL_OPTIONS,
    {0},
};

static json_t *text(tt_text value) {
    json_t *string = json_stringn(value.at, value.len);
    return string ? string : json_null();
}

static json_t *tower(const tt_model *model, tt_tower which) {
    if (!tt_model_has(model, which))
        return json_null();
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "table_rows",
                     (json_int_t)tt_model_rows(model, which), "features",
                     (json_int_t)tt_model_features(model, which), "bags",
                     (json_int_t)tt_model_bags(model, which), "numerics",
                     (json_int_t)tt_model_numerics(model, which), "scratch_bytes",
                     (json_int_t)tt_scratch_size(model, which, 1));
}

static json_t *numerics(const tt_schema *schema, tt_tower which) {
    static const char *const forms[] = {"linear", "square", "log1p", "missing"};
    json_t *list = json_array();
    for (uint32_t n = 0; n < schema->numerics[which]; n++) {
        const tt_numeric *one = &schema->numeric[which][n];
        json_array_append_new(list, json_pack("{s:o, s:s, s:f, s:f}", "source", text(one->source),
                                              "form", forms[one->form], "mean", (double)one->mean,
                                              "deviation", (double)one->deviation));
    }
    return list;
}

static json_t *schema_json(const tt_schema *schema) {
    if (!schema)
        return json_null();
    json_t *fields = json_array();
    for (uint32_t f = 0; f < schema->fields; f++)
        json_array_append_new(fields, json_pack("{s:o, s:o}", "field", text(schema->field[f].field),
                                                "space", text(schema->field[f].space)));
    return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "input_schema_version",
                     (json_int_t)schema->version, "hash_seed", (json_int_t)schema->hash_seed,
                     "video_ids", (json_int_t)schema->id_rows, "tokens",
                     (json_int_t)schema->token_rows, "fields", fields, "user_numerics",
                     numerics(schema, TT_USER), "item_numerics", numerics(schema, TT_ITEM));
}

static void set_property(json_t *to, const tt_model *model, const char *key) {
    tt_text value = tt_model_property(model, key);
    if (value.at)
        json_object_set_new(to, key, text(value));
}

static json_t *describe(const model_file *file) {
    const tt_model *model = &file->model;
    json_t *document = json_pack(
        "{s:s, s:I, s:I, s:o, s:o, s:o}", "file", file->path, "bytes", (json_int_t)file->len,
        "embedding_dim", (json_int_t)tt_model_dim(model), "user_tower", tower(model, TT_USER),
        "item_tower", tower(model, TT_ITEM), "schema", schema_json(tt_model_schema(model)));
    static const char *const keys[] = {"model_name", "format", "run_id", "logit_scale"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        set_property(document, model, keys[i]);
    return document;
}

static int add_collisions(json_t *document, const model_file *file, const char *item_features) {
    const tt_schema *schema = tt_model_schema(&file->model);
    json_t *found = NULL;
    if (!schema)
        return fail(TW_INPUT, "%s: the model carries no feature schema, so nothing is hashed",
                    file->path);
    int status = collisions_count(&found, schema, item_features);
    if (!status)
        json_object_set_new(document, "collisions", found);
    return status;
}

static int say(json_t *document) {
    if (json_wanted())
        return result_json(document);
    char *lines = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    json_decref(document);
    result_line("%s", lines ? lines : "");
    free(lines);
    return result_flush();
}

static int run(const arguments *a) {
    model_file file;
    if (operand_count(a) != 1)
        return fail(TW_USAGE, "one model file is expected");
    tt_text outputs[TT_TOWERS];
    options_model(a, outputs);
    int status = model_file_open(&file, operand(a, 0), outputs);
    if (status)
        return status;
    tt_error error;
    if (option_flag(a, "verify") && tt_model_verify(&file.model, &error) != TT_OK)
        status = fail(TW_INPUT, "%s: byte %zu: %s", file.path, error.offset,
                      tt_status_text(error.status));
    json_t *document = status ? NULL : describe(&file);
    if (!status && option_flag(a, "collisions"))
        status = add_collisions(document, &file, option_text(a, "item-features"));
    if (!status)
        status = say(document);
    else
        json_decref(document);
    model_file_close(&file);
    return status;
}

const command command_model_inspect = {
    "model inspect", "what a model file holds",
    "MODEL.onnx",    "twotower model inspect ml/artifacts/latest/two_tower_latest.onnx",
    options,         run,
};

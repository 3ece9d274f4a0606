/* SPDX-License-Identifier: MIT */
/* feature_schema.json and normalizer.json: the schema of the model file, for
 * people and other programs. */
#include "base/fail.h"
#include "training/run_files.h"

#include <stdlib.h>

static const char *const forms[] = {[TT_FORM_LINEAR] = "linear",
                                    [TT_FORM_SQUARE] = "square",
                                    [TT_FORM_LOG1P] = "log1p",
                                    [TT_FORM_MISSING] = "missing"};

static json_t *text(tt_text from) {
    return json_stringn(from.at, from.len);
}

/* The numbers of a tower in the order of its features; `scales` adds the mean
 * and the deviation. */
static json_t *numbers(const tt_schema *schema, tt_tower tower, int scales) {
    json_t *all = json_array();
    for (uint32_t i = 0; i < schema->numerics[tower]; i++) {
        const tt_numeric *number = &schema->numeric[tower][i];
        json_t *one =
            json_pack("{s:o, s:s}", "name", text(number->source), "form", forms[number->form]);
        if (scales) {
            json_object_set_new(one, "mean", json_real((double)number->mean));
            json_object_set_new(one, "std", json_real((double)number->deviation));
        }
        json_array_append_new(all, one);
    }
    return all;
}

static void add_segment(json_t *to, const char *name, const char *type, uint64_t *offset,
                        uint64_t size) {
    json_array_append_new(to, json_pack("{s:s, s:s, s:I, s:I}", "name", name, "type", type,
                                        "offset", (json_int_t)*offset, "size", (json_int_t)size));
    *offset += size;
}

static json_t *tower(const tt_schema *schema, tt_tower which) {
    static const char *const bags[TT_MAX_BAGS] = {"liked", "neutral", "disliked"};
    uint64_t offset = 0, rows = (uint64_t)schema->id_rows + schema->token_rows;
    json_t *segments = json_array();
    if (which == TT_ITEM)
        add_segment(segments, "item", "bag", &offset, rows);
    int most = schema->recipe == TT_RECIPE_MLP ? 1 : TT_MAX_BAGS;
    for (int bag = 0; which == TT_USER && bag < most; bag++)
        add_segment(segments, bags[bag], "bag", &offset, rows);
    add_segment(segments, "numerics", "numbers", &offset, schema->numerics[which]);
    return json_pack("{s:s, s:I, s:o, s:o}", "type", "float32", "size", (json_int_t)offset,
                     "segments", segments, "numerics", numbers(schema, which, 0));
}

static json_t *fields(const tt_schema *schema) {
    json_t *all = json_array();
    for (uint32_t f = 0; f < schema->fields; f++)
        json_array_append_new(all, json_pack("{s:o, s:o}", "field", text(schema->field[f].field),
                                             "space", text(schema->field[f].space)));
    return all;
}

/* The spaces of a plain MLP, whose rows of the first matrices are buckets. */
static json_t *spaces(const tt_schema *schema) {
    json_t *all = json_array();
    for (uint32_t s = 0; s < schema->spaces; s++)
        json_array_append_new(all,
                              json_pack("{s:o, s:I, s:I}", "space", text(schema->space[s].name),
                                        "first", (json_int_t)schema->space[s].first, "buckets",
                                        (json_int_t)schema->space[s].buckets));
    return all;
}

static json_t *feature_schema(const trained *run) {
    const tt_schema *schema = &run->vocabulary->schema;
    int mlp = schema->recipe == TT_RECIPE_MLP;
    json_t *document = json_pack(
        "{s:I, s:s, s:{s:s, s:I, s:s}}", "input_schema_version", (json_int_t)schema->version,
        "recipe", mlp ? "mlp" : "shared", "hash", "function", "murmur3_x86_32x2", "seed",
        (json_int_t)schema->hash_seed, "of",
        "upper half: space, byte 0x1f, token; lower half: byte 0x1f before it all; UTF-8");
    if (mlp)
        json_object_set_new(document, "buckets", spaces(schema));
    else
        json_object_set_new(document, "table",
                            json_pack("{s:I, s:I, s:I}", "id_rows", (json_int_t)schema->id_rows,
                                      "token_rows", (json_int_t)schema->token_rows, "width",
                                      (json_int_t)run->options->dim));
    json_object_set_new(document, "fields", fields(schema));
    json_object_set_new(document, "user_features", tower(schema, TT_USER));
    json_object_set_new(document, "item_features", tower(schema, TT_ITEM));
    return document;
}

int run_write_schema(const trained *run, const char *folder) {
    const tt_schema *schema = &run->vocabulary->schema;
    char *features = xasprintf("%s/feature_schema.json", folder);
    char *normalizer = xasprintf("%s/normalizer.json", folder);
    int status = json_write(feature_schema(run), features);
    if (!status)
        status = json_write(
            json_pack("{s:I, s:o, s:o}", "input_schema_version", (json_int_t)schema->version,
                      "user", numbers(schema, TT_USER, 1), "item", numbers(schema, TT_ITEM, 1)),
            normalizer);
    free(features);
    free(normalizer);
    return status;
}

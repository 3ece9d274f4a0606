/* SPDX-License-Identifier: MIT */
/* The digests that the ports must reach: embed_rows MODEL.onnx ROWS.jsonl embeds the rows of
 * tests/ports/make_rows.py one by one and prints two lines, FNV-1a (64 bits) over the embeddings'
 * little-endian bytes (zeros where a row has no embedding), and over the digests of the features.
 * A third line has the ports' counts: known and unknown tokens, unknown names, rows of which
 * nothing is known. A row's "met", where it has one, is what its own first three must be. */
#include "twotower.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TOKENS = 4096, MEMORY = 1 << 22 };

static uint64_t mix(uint64_t hash, const void *bytes, size_t len) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static tt_text text_of(const json_t *value) {
    return (tt_text){json_string_value(value), json_string_length(value)};
}

static void must(tt_status status) {
    if (status == TT_OK)
        return;
    fprintf(stderr, "embed_rows: %s\n", tt_status_text(status));
    exit(1);
}

/* Names that a row may have beside those of a model, which passes them over. */
static const char *const beside_item[] = {"title", "as_of", "numerics", NULL};
static const char *const beside_user[] = {"user_id", "as_of",    "numerics", "liked",
                                          "neutral", "disliked", NULL};
static const char *const numbers[] = {"like_ratio",
                                      "dislike_ratio",
                                      "mean_stars",
                                      "review_count",
                                      "like_count",
                                      "dislike_count",
                                      "like_count_30d",
                                      "positive_ratio_30d",
                                      "signup_days",
                                      "account_age_days",
                                      "days_since_last_like",
                                      "hour_sin",
                                      "hour_cos",
                                      "price_mean",
                                      "price_median",
                                      "price",
                                      "duration_seconds",
                                      "release_day",
                                      NULL};

static int is_one_of(const char *name, const char *const *list) {
    while (*list && strcmp(name, *list) != 0)
        list++;
    return *list != NULL;
}

static int is_number_of(const tt_features *features, const char *name, tt_tower tower) {
    tt_text is;
    for (uint32_t i = 0; (is = tt_schema_number(features->_schema, tower, i)).at; i++)
        if (is.len == strlen(name) && !memcmp(is.at, name, is.len))
            return 1;
    return 0;
}

static void feed(tt_features *features, json_t *item) {
    static tt_text token[MAX_TOKENS];
    const char *name;
    json_t *value;
    json_object_foreach(item, name, value) {
        size_t count = 0;
        if (json_is_string(value))
            token[count++] = text_of(value);
        for (size_t i = 0; i < json_array_size(value) && count < MAX_TOKENS; i++)
            token[count++] = text_of(json_array_get(value, i));
        if (!is_one_of(name, beside_item))
            must(tt_features_list(features, name, token, count));
    }
}

/* Counts what the row meets into `met`. */
static void encode(tt_features *features, tt_tower tower, json_t *row, json_int_t met[4]) {
    static const char *const bag[] = {"liked", "neutral", "disliked"};
    json_int_t unknown = 0;
    const char *name;
    json_t *value;
    if (tower == TT_ITEM)
        feed(features, row);
    for (uint32_t b = 0; b < 3 && tower == TT_USER; b++) {
        json_t *items = json_object_get(row, bag[b]);
        for (size_t i = 0; i < json_array_size(items); i++) {
            must(tt_features_item(features, b));
            feed(features, json_array_get(items, i));
        }
    }
    json_object_foreach(row, name, value) unknown +=
        tower == TT_USER && !is_one_of(name, beside_user);
    json_object_foreach(json_object_get(row, "numerics"), name, value) {
        if (is_number_of(features, name, tower) || !is_one_of(name, numbers))
            tt_features_number(features, name,
                               json_is_number(value) ? (float)json_number_value(value) : NAN);
    }
    for (int what = 0; what < 3; what++)
        met[what] = tt_features_met(features, (tt_met)what);
    met[TT_FIELDS_UNKNOWN] += unknown;
    met[3] = !met[TT_TOKENS_KNOWN] && met[TT_TOKENS_UNKNOWN] + met[TT_FIELDS_UNKNOWN] > 0;
    tt_features_end(features);
}

/* Adds the counts of row `at`, which are those that it says itself. */
static void add_counts(json_int_t all[4], const json_int_t met[4], const json_t *wanted,
                       size_t at) {
    for (size_t i = 0; i < 4; i++) {
        all[i] += met[i];
        if (i < json_array_size(wanted) &&
            json_integer_value(json_array_get(wanted, i)) != met[i]) {
            fprintf(stderr, "embed_rows: row %zu met %d %d %d\n", at, (int)met[0], (int)met[1],
                    (int)met[2]);
            exit(1);
        }
    }
}

static void *read_all(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 26);
    *len = file && bytes ? fread(bytes, 1, 1 << 26, file) : 0;
    if (file)
        fclose(file);
    return bytes;
}

int main(int argc, char **argv) {
    static tt_model model;
    static char memory[MEMORY], line[1 << 20];
    static float out[4096];
    size_t len, size;
    void *bytes = read_all(argc > 2 ? argv[1] : "", &len), *scratch = malloc(1 << 22);
    FILE *rows = argc > 2 ? fopen(argv[2], "r") : NULL;
    if (!rows || !scratch) {
        fprintf(stderr, "usage: embed_rows MODEL.onnx ROWS.jsonl\n");
        return 2;
    }
    must(tt_model_read(&model, bytes, len, scratch, 1 << 22, NULL));
    uint64_t vectors = UINT64_C(0xcbf29ce484222325), inputs = vectors;
    json_int_t all[4] = {0};
    size_t count = 0, without = 0;
    while (fgets(line, sizeof line, rows)) {
        json_t *document = json_loads(line, JSON_ALLOW_NUL, NULL);
        const char *name = json_string_value(json_object_get(document, "tower"));
        tt_tower tower = name && !strcmp(name, "user") ? TT_USER : TT_ITEM;
        tt_features features;
        tt_features_begin(&features, tt_model_schema(&model), tower, memory, sizeof memory);
        json_int_t met[4];
        encode(&features, tower, json_object_get(document, "row"), met);
        add_counts(all, met, json_object_get(document, "met"), count);
        size = tt_scratch_size(&model, tower, 1);
        if (size > 1 << 22)
            return 1;
        tt_status status = tt_embed(&(tt_embedder){&model, tt_kernels_c(), tower, scratch, size},
                                    &features, 1, out, NULL);
        if (status == TT_ERR_NONFINITE) {
            memset(out, 0, tt_model_dim(&model) * sizeof *out);
            without++;
        } else {
            must(status);
        }
        vectors = mix(vectors, out, tt_model_dim(&model) * sizeof *out);
        uint64_t digest = tt_features_digest(&features, &model, tower);
        inputs = mix(inputs, &digest, sizeof digest);
        json_decref(document);
        count++;
    }
    printf("%016" PRIx64 "\n%016" PRIx64 "\n", vectors, inputs);
    printf("%d %d %d %d\n", (int)all[0], (int)all[1], (int)all[2], (int)all[3]);
    fprintf(stderr, "%zu rows, %zu without an embedding\n", count, without);
    fclose(rows);
    free(scratch);
    free(bytes);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* The digests that the ports must reach: embed_rows MODEL.onnx ROWS.jsonl embeds the rows of
 * tests/ports/make_rows.py one by one and prints two lines, FNV-1a (64 bits) over the embeddings'
 * little-endian bytes (zeros where a row has no embedding), and over the digests of the features.
 */
#include "twotower.h"

#include <inttypes.h>
#include <jansson.h>
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
        if (count)
            must(tt_features_list(features, name, token, count));
    }
}

static void encode(tt_features *features, tt_tower tower, json_t *row) {
    static const char *const bag[] = {"liked", "neutral", "disliked"};
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
    json_object_foreach(json_object_get(row, "numerics"), name, value) {
        if (json_is_number(value))
            tt_features_number(features, name, (float)json_number_value(value));
    }
    tt_features_end(features);
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
    size_t count = 0, without = 0;
    while (fgets(line, sizeof line, rows)) {
        json_t *document = json_loads(line, JSON_ALLOW_NUL, NULL);
        const char *name = json_string_value(json_object_get(document, "tower"));
        tt_tower tower = name && !strcmp(name, "user") ? TT_USER : TT_ITEM;
        tt_features features;
        tt_features_begin(&features, tt_model_schema(&model), tower, memory, sizeof memory);
        encode(&features, tower, json_object_get(document, "row"));
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
    fprintf(stderr, "%zu rows, %zu without an embedding\n", count, without);
    fclose(rows);
    free(scratch);
    free(bytes);
    return 0;
}

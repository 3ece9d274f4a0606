/* SPDX-License-Identifier: MIT */
/* Writes cases for ort.mjs: rows of the tables as lists of ids and weights for the
 * sparse towers of a run, and the core's embeddings of them.
 * Usage: sparse_cases OUT TABLES RUN MODEL.onnx */
#include "cases.h"

enum { LENGTH = 2048 };
static const char *const bag_name[TT_TOWERS][TT_MAX_BAGS] = {{"liked", "neutral", "disliked"},
                                                             {"item", "", ""}};

typedef struct lists {
    int64_t id[TT_MAX_BAGS][ROWS][LENGTH];
    float weight[TT_MAX_BAGS][ROWS][LENGTH];
    float numeric[ROWS][TT_MAX_NUMERICS];
} lists;

static int keep(lists *to, const embedder *rows, uint32_t row) {
    uint32_t numerics = tt_model_numerics(rows->model, rows->tower);
    for (uint32_t bag = 0; bag < tt_model_bags(rows->model, rows->tower); bag++) {
        if (rows->features.count[bag] > LENGTH)
            return fail(TW_INPUT, "more than %d entries in a bag", LENGTH);
        for (uint32_t i = 0; i < rows->features.count[bag]; i++) {
            to->id[bag][row][i] = rows->features.entry[bag][i].row;
            to->weight[bag][row][i] = rows->features.entry[bag][i].weight;
        }
    }
    memcpy(&to->numeric[0][0] + row * numerics, rows->features.numeric, numerics * sizeof(float));
    return 0;
}

/* One input of a case, and its file. */
static int add_input(json_t *inputs, const char *folder, const char *prefix, const char *name,
                     const char *type, const void *bytes, size_t columns) {
    char file[64], input[32];
    snprintf(input, sizeof input, "%s%s", prefix, name);
    snprintf(file, sizeof file, "sparse_%s.bin", input);
    json_array_append_new(inputs, json_pack("{s:s, s:s, s:s, s:[i,I]}", "name", input, "file", file,
                                            "type", type, "shape", ROWS, (json_int_t)columns));
    return write_bytes(folder, file, bytes, ROWS * columns * (*type == 'i' ? 8 : 4));
}

static int make_case(json_t *cases, const char *folder, const char *run, const model_file *file,
                     tt_tower tower, const tables *from) {
    size_t dim = tt_model_dim(&file->model);
    lists *all = xcalloc(1, sizeof *all);
    float *out = xmalloc(ROWS * dim * sizeof *out);
    embedder rows;
    int status = embedder_open(&rows, &file->model, tower, file->path);
    for (uint32_t i = 0; i < ROWS && !status; i++) {
        status = embed_row(&rows, from, i, out + i * dim);
        if (!status)
            status = keep(all, &rows, i);
    }
    const char *name = tower == TT_ITEM ? "item" : "user";
    json_t *inputs = json_array();
    for (uint32_t bag = 0; !status && bag < tt_model_bags(&file->model, tower); bag++) {
        status =
            add_input(inputs, folder, bag_name[tower][bag], "_ids", "int64", all->id[bag], LENGTH);
        if (!status)
            status = add_input(inputs, folder, bag_name[tower][bag], "_weights", "float32",
                               all->weight[bag], LENGTH);
    }
    if (!status && tt_model_numerics(&file->model, tower) > 0) {
        char *path = xasprintf("%s_numerics.bin", name);
        status = write_bytes(folder, path, all->numeric,
                             ROWS * tt_model_numerics(&file->model, tower) * sizeof(float));
        json_array_append_new(inputs, json_pack("{s:s, s:s, s:s, s:[i,i]}", "name", "numerics",
                                                "file", path, "type", "float32", "shape", ROWS,
                                                (int)tt_model_numerics(&file->model, tower)));
        free(path);
    }
    char *out_name = xasprintf("sparse_%s_out.f32", name);
    char *model = xasprintf("%s/%s_tower_sparse.onnx", run, name);
    char *gives = xasprintf("%s_embedding", name);
    if (!status)
        status = write_bytes(folder, out_name, out, ROWS * dim * sizeof *out);
    json_array_append_new(cases, json_pack("{s:s, s:o, s:i, s:s, s:s, s:f}", "model", model,
                                           "inputs", inputs, "rows", ROWS, "output", gives, "out",
                                           out_name, "atol", tower == TT_ITEM ? 2e-6 : 1e-5));
    embedder_close(&rows);
    free(out_name);
    free(model);
    free(gives);
    free(out);
    free(all);
    return status;
}

int main(int argc, char **argv) {
    tables all;
    model_file file = {0};
    if (argc != 5)
        return 2;
    json_t *cases = json_array();
    int status = tables_read(&all, argv[2]);
    if (!status)
        status = model_file_open(&file, argv[4], NULL);
    for (int tower = TT_USER; tower <= TT_ITEM && !status; tower++)
        status = make_case(cases, argv[1], argv[3], &file, (tt_tower)tower, &all);
    if (!status)
        status = write_cases(cases, argv[1]);
    if (status)
        fprintf(stderr, "sparse_cases: %s\n", fail_text());
    model_file_close(&file);
    tables_free(&all);
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Writes cases for ort.mjs: rows of the tables as dense features, and the core's
 * embeddings of them.  Usage: dense_cases OUT TABLES MODEL.onnx... */
#include "cases.h"

static void scatter(const embedder *rows, float *dense) {
    size_t table = tt_model_rows(rows->model, rows->tower);
    uint32_t bags = tt_model_bags(rows->model, rows->tower);
    for (uint32_t bag = 0; bag < bags; bag++)
        for (uint32_t i = 0; i < rows->features.count[bag]; i++)
            dense[bag * table + rows->features.entry[bag][i].row] =
                rows->features.entry[bag][i].weight;
    memcpy(dense + bags * table, rows->features.numeric,
           tt_model_numerics(rows->model, rows->tower) * sizeof *dense);
}

/* One case: a tower of a model. Dense and sparse embeddings must be the same bits. */
static int make_case(json_t *cases, const char *folder, const model_file *file, tt_tower tower,
                     const tables *all) {
    embedder rows;
    size_t width = tt_model_features(&file->model, tower), dim = tt_model_dim(&file->model);
    float *dense = xcalloc(ROWS * width, sizeof *dense), *out = xmalloc(ROWS * dim * sizeof *out);
    float *again = xmalloc(ROWS * dim * sizeof *again);
    size_t size = tt_scratch_size(&file->model, tower, ROWS);
    void *scratch = xmalloc(size);
    int status = embedder_open(&rows, &file->model, tower, file->path);
    for (uint32_t i = 0; i < ROWS && !status; i++) {
        status = embed_row(&rows, all, i, out + i * dim);
        if (!status)
            scatter(&rows, dense + i * width);
    }
    if (!status &&
        tt_embed_dense(&(tt_embedder){&file->model, tt_kernels_c(), tower, scratch, size}, dense,
                       ROWS, again, NULL) != TT_OK)
        status = fail(TW_INPUT, "%s: dense features are refused", file->path);
    if (!status && memcmp(out, again, ROWS * dim * sizeof *out) != 0)
        status = fail(TW_INPUT, "%s: dense and sparse features differ", file->path);
    char in_name[32], out_name[32];
    snprintf(in_name, sizeof in_name, "in_%zu.f32", json_array_size(cases));
    snprintf(out_name, sizeof out_name, "out_%zu.f32", json_array_size(cases));
    if (!status)
        status = write_bytes(folder, in_name, dense, ROWS * width * sizeof *dense);
    if (!status)
        status = write_bytes(folder, out_name, out, ROWS * dim * sizeof *out);
    const char *name = tower == TT_ITEM ? "item" : "user";
    char input[32], output_name[32];
    snprintf(input, sizeof input, "%s_features", name);
    snprintf(output_name, sizeof output_name, "%s_embedding", name);
    json_array_append_new(
        cases, json_pack("{s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:f}", "model", file->path, "input",
                         input, "rows", ROWS, "width", (json_int_t)width, "in", in_name, "output",
                         output_name, "out", out_name, "atol", tower == TT_ITEM ? 2e-6 : 1e-5));
    embedder_close(&rows);
    free(dense);
    free(out);
    free(again);
    free(scratch);
    return status;
}

int main(int argc, char **argv) {
    tables all;
    if (argc < 4)
        return 2;
    json_t *cases = json_array();
    int status = tables_read(&all, argv[2]);
    for (int i = 3; i < argc && !status; i++) {
        model_file file;
        status = model_file_open(&file, argv[i], NULL);
        for (int tower = TT_USER; tower <= TT_ITEM && !status; tower++)
            if (tt_model_has(&file.model, (tt_tower)tower))
                status = make_case(cases, argv[1], &file, (tt_tower)tower, &all);
        if (!status)
            model_file_close(&file);
    }
    if (!status)
        status = write_cases(cases, argv[1]);
    if (status)
        fprintf(stderr, "dense_cases: %s\n", fail_text());
    tables_free(&all);
    return status;
}

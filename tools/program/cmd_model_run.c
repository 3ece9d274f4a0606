/* SPDX-License-Identifier: MIT */
/* model run: any readable ONNX file on raw tensors. */
#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "program/options_kernel.h"
#include "program/options_model.h"
#include "serving/model_file.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"input", OPTION_LIST, "NAME=FILE", NULL, NULL, NULL,
     "values of one input: raw little-endian, in its type and shape; once per input"},
    {"output", OPTION_LIST, "NAME=FILE", NULL, NULL, NULL,
     "where the embeddings of one output go, in its type; once per output"},
    {"rows", OPTION_COUNT, "N", "1", NULL, NULL, "rows of every input and output"},
    MODEL_OPTIONS,
    KERNEL_OPTION,
    {0},
};

typedef struct model_run {
    const arguments *given;
    model_file file;
    size_t rows;
    const tt_kernels *kernels;
} model_run;

/* The FILE of a NAME=FILE, if NAME is that of the tensor. */
static const char *file_of(const tt_tensor *tensor, const char *text) {
    size_t len = tensor->name.len;
    return !strncmp(text, tensor->name.at, len) && text[len] == '=' ? text + len + 1 : NULL;
}

/* The file that --input or --output gives for a tensor, or NULL. */
static const char *file_for(const model_run *run, const char *which, const tt_tensor *tensor) {
    const char *path = NULL;
    for (size_t i = 0; !path && i < option_list_size(run->given, which); i++)
        path = file_of(tensor, option_list(run->given, which, i));
    return path;
}

/* Every NAME must be one that the graph has. */
static int check_names(const model_run *run, const char *which) {
    const tt_model *model = &run->file.model;
    for (size_t i = 0; i < option_list_size(run->given, which); i++) {
        const char *text = option_list(run->given, which, i);
        int known = 0;
        if (*which == 'i') {
            for (uint32_t t = 0; !known && tt_model_input(model, t); t++)
                known = file_of(tt_model_input(model, t), text) != NULL;
        } else {
            for (int t = 0; !known && t < TT_TOWERS; t++)
                known = tt_model_has(model, (tt_tower)t) &&
                        file_of(tt_model_output(model, (tt_tower)t), text);
        }
        if (!known)
            return fail(TW_USAGE, "--%s %s: NAME=FILE is expected, with the name of an %s of %s",
                        which, text, which, run->file.path);
    }
    return 0;
}

static size_t size_of(tt_type type) {
    return type == TT_F16 ? 2 : 4;
}

static float value_at(const unsigned char *at, tt_type type) {
    uint32_t low = (uint32_t)(at[0] | at[1] << 8);
    if (type == TT_F16)
        return tt_half_to_float((uint16_t)low);
    uint32_t bits = low | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The columns of one input, into dense rows of `width`. */
static int read_input(const model_run *run, const tt_tensor *input, size_t width, float *dense) {
    const char *path = file_for(run, "input", input);
    size_t element = size_of(input->type), len = 0;
    size_t wanted = run->rows * input->columns * element;
    char *bytes = NULL;
    if (!path)
        return fail(TW_USAGE, "--input %.*s=FILE is needed for this output", (int)input->name.len,
                    input->name.at);
    int status = file_read(path, wanted, &bytes, &len);
    if (!status && len != wanted)
        status = fail(TW_INPUT, "%s: %zu bytes are expected (%zu rows of %u values), got %zu", path,
                      wanted, run->rows, (unsigned)input->columns, len);
    for (size_t i = 0; !status && i < run->rows * input->columns; i++) {
        size_t row = i / input->columns, column = i % input->columns;
        dense[row * width + input->first + column] =
            value_at((const unsigned char *)bytes + i * element, input->type);
    }
    free(bytes);
    return status;
}

static int write_output(const tt_tensor *tensor, const char *path, const float *values,
                        size_t count) {
    output out;
    int status = output_open(&out, path);
    for (size_t i = 0; !status && i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        if (tensor->type == TT_F16)
            bits = tt_half_from_float(values[i]);
        const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8),
                                        (unsigned char)(bits >> 16), (unsigned char)(bits >> 24)};
        status = output_write(&out, bytes, size_of(tensor->type));
    }
    if (!status)
        status = output_commit(&out);
    output_abandon(&out);
    return status;
}

static int run_tower(const model_run *run, const tt_tensor *tensor, const char *path) {
    const tt_model *model = &run->file.model;
    tt_tower tower = tensor->tower;
    size_t width = tt_model_features(model, tower), dim = tt_model_dim(model), failed = 0;
    size_t scratch_size = tt_scratch_size(model, tower, run->rows);
    float *dense = xcalloc(run->rows * width, sizeof *dense);
    float *made = xcalloc(run->rows * dim, sizeof *made);
    void *scratch = xmalloc(scratch_size);
    int status = 0;
    const tt_tensor *input;
    for (uint32_t i = 0; !status && (input = tt_model_input(model, i)); i++)
        if (input->tower == tower)
            status = read_input(run, input, width, dense);
    if (!status) {
        tt_status answer =
            tt_embed_dense(&(tt_embedder){model, run->kernels, tower, scratch, scratch_size}, dense,
                           run->rows, made, &failed);
        if (answer != TT_OK)
            status =
                fail(TW_INPUT, "%s: row %zu: %s", run->file.path, failed, tt_status_text(answer));
    }
    if (!status)
        status = write_output(tensor, path, made, run->rows * dim);
    free(scratch);
    free(made);
    free(dense);
    return status;
}

static int run(const arguments *a) {
    model_run to = {.given = a, .rows = (size_t)option_count(a, "rows"), .kernels = NULL};
    if (operand_count(a) != 1)
        return fail(TW_USAGE, "one model file is expected");
    if (!option_list_size(a, "output"))
        return fail(TW_USAGE, "--output NAME=FILE is expected");
    if (to.rows == 0 || to.rows > 1u << 20)
        return fail(TW_USAGE, "--rows: 1 to %u is expected", 1u << 20);
    tt_text outputs[TT_TOWERS];
    options_model(a, outputs);
    int status = options_kernel(a, &to.kernels);
    if (!status)
        status = model_file_open(&to.file, operand(a, 0), outputs);
    if (status)
        return status;
    void *packed = xmalloc(tt_model_pack_size(&to.file.model) + 1);
    if (tt_model_pack(&to.file.model, packed, tt_model_pack_size(&to.file.model)) != TT_OK)
        status = fail(TW_INPUT, "%s: too large for this machine", to.file.path);
    if (!status)
        status = check_names(&to, "input");
    if (!status)
        status = check_names(&to, "output");
    for (int tower = 0; !status && tower < TT_TOWERS; tower++) {
        const tt_tensor *tensor = tt_model_output(&to.file.model, (tt_tower)tower);
        const char *path = tensor ? file_for(&to, "output", tensor) : NULL;
        if (path)
            status = run_tower(&to, tensor, path);
    }
    free(packed);
    model_file_close(&to.file);
    return status;
}

const command command_model_run = {
    "model run",
    "embed raw tensors with any readable ONNX file",
    "MODEL.onnx",
    "twotower model run tower.onnx --input item_features=in.bin --rows 8 \\\n"
    "    --output item_embedding=out.bin",
    options,
    run,
};

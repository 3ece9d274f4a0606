/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/output.h"
#include "format/state_dict.h"
#include "training/run_files.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 48 };

typedef struct state_dict {
    state_dict_storage storage[TR_MODEL_TENSORS];
    state_dict_tensor tensor[2 * TR_MODEL_TENSORS];
    char name[2 * TR_MODEL_TENSORS][NAME];
    size_t storages, tensors;
} state_dict;

static state_dict_tensor *add(state_dict *to, const char *part, const char *what) {
    state_dict_tensor *tensor = &to->tensor[to->tensors];
    snprintf(to->name[to->tensors], NAME, "%.31s%.15s", part, what);
    *tensor = (state_dict_tensor){.name = to->name[to->tensors], .storage = (uint32_t)to->storages};
    to->tensors++;
    return tensor;
}

/* Our layers are [in + 1][out] with the bias last; torch.nn.Linear's weight is [out][in],
 * so it is the same floats with the strides turned around. */
static void add_layer(state_dict *to, const tr_tensor *from) {
    uint32_t in = from->rows - 1, out = from->columns;
    state_dict_tensor *weight = add(to, from->name, ".weight");
    weight->rank = 2;
    weight->shape[0] = weight->stride[1] = out;
    weight->shape[1] = in;
    weight->stride[0] = 1;
    state_dict_tensor *bias = add(to, from->name, ".bias");
    bias->rank = 1;
    bias->offset = (uint64_t)in * out;
    bias->shape[0] = out;
    bias->stride[0] = 1;
}

static void add_table(state_dict *to, const tr_tensor *from) {
    state_dict_tensor *weight = add(to, from->name, ".weight");
    weight->rank = 2;
    weight->shape[0] = from->rows;
    weight->shape[1] = weight->stride[0] = from->columns;
    weight->stride[1] = 1;
}

static void add_part(state_dict *to, const tr_tensor *from) {
    if (from->bias)
        add_layer(to, from);
    else if (from->rows == 1 && from->columns == 1)
        add(to, from->name, "");
    else
        add_table(to, from);
    to->storage[to->storages++] =
        (state_dict_storage){from->data, (uint64_t)from->rows * from->columns};
}

int run_write_state_dict(const trained *run, const char *folder) {
    tr_tensor part[TR_MODEL_TENSORS];
    size_t parts = tr_model_tensors(run->model, part);
    state_dict dict = {.storages = 0};
    for (size_t i = 0; i < parts; i++)
        add_part(&dict, &part[i]);
    char *root = xasprintf("two_tower_%s", run->run_id);
    char *path = xasprintf("%s/%s.pt", folder, root);
    char *link = xasprintf("%s/two_tower_latest.pt", folder);
    int status =
        state_dict_write(path, root, dict.storage, dict.storages, dict.tensor, dict.tensors);
    if (!status)
        status = output_link(strrchr(path, '/') + 1, link);
    free(root);
    free(path);
    free(link);
    return status;
}

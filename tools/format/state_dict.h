/* SPDX-License-Identifier: MIT */
/*
 * PyTorch's state_dict: a zip file, stored, of data.pkl (a pickle of protocol 2
 * that rebuilds an OrderedDict of tensors), one file per storage, and the
 * format's version.  torch.load(weights_only=True) opens it.  Only written,
 * never read.
 */
#ifndef TOOLS_FORMAT_STATE_DICT_H
#define TOOLS_FORMAT_STATE_DICT_H

#include <stddef.h>
#include <stdint.h>

/* Floats in memory; tensors are views of one. */
typedef struct state_dict_storage {
    const float *data;
    uint64_t count;
} state_dict_storage;

typedef struct state_dict_tensor {
    const char *name; /* "item.weight" */
    uint32_t storage; /* its index */
    uint64_t offset;  /* in floats */
    uint32_t rank;    /* at most 2 */
    uint64_t shape[2], stride[2];
} state_dict_tensor;

/* Writes a file as any output; `root` is the folder that its entries stand in.
 * The same tensors give the same bytes.  Fails with TW_INPUT when it would
 * pass 4 GB, which needs another form of zip. */
int state_dict_write(const char *path, const char *root, const state_dict_storage *storage,
                     size_t storages, const state_dict_tensor *tensor, size_t tensors);

#endif

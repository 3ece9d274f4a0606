/* SPDX-License-Identifier: MIT */
/* Opcodes of pickle protocol 2 (Python's pickletools.py), those that the loader of
 * torch.load(weights_only=True) knows. */
#include "format/state_dict_pickle.h"

#include <stdio.h>
#include <string.h>

enum {
    PROTO = 0x80,
    STOP = '.',
    MARK = '(',
    GLOBAL = 'c',
    REDUCE = 'R',
    EMPTY_TUPLE = ')',
    TUPLE = 't',
    SETITEMS = 'u',
    BINUNICODE = 'X',
    BININT = 'J',
    BINPERSID = 'Q',
    NEWFALSE = 0x89
};

static void put_global(bytes *to, const char *module_and_name) {
    bytes_put_byte(to, GLOBAL);
    bytes_put(to, module_and_name, strlen(module_and_name));
}

static void put_text(bytes *to, const char *text) {
    bytes_put_byte(to, BINUNICODE);
    bytes_put_u32(to, (uint32_t)strlen(text));
    bytes_put(to, text, strlen(text));
}

/* Below 2^31, as 4 GB of floats have it. */
static void put_number(bytes *to, uint64_t number) {
    bytes_put_byte(to, BININT);
    bytes_put_u32(to, (uint32_t)number);
}

static void put_numbers(bytes *to, const uint64_t *number, uint32_t count) {
    bytes_put_byte(to, MARK);
    for (uint32_t i = 0; i < count; i++)
        put_number(to, number[i]);
    bytes_put_byte(to, TUPLE);
}

static void put_empty_dict(bytes *to) {
    put_global(to, "collections\nOrderedDict\n");
    bytes_put_byte(to, EMPTY_TUPLE);
    bytes_put_byte(to, REDUCE);
}

/* ("storage", torch.FloatStorage, "<index>", "cpu", count) names a storage. */
static void put_storage(bytes *to, uint32_t index, uint64_t count) {
    char key[16];
    snprintf(key, sizeof key, "%u", (unsigned)index);
    bytes_put_byte(to, MARK);
    put_text(to, "storage");
    put_global(to, "torch\nFloatStorage\n");
    put_text(to, key);
    put_text(to, "cpu");
    put_number(to, count);
    bytes_put_byte(to, TUPLE);
    bytes_put_byte(to, BINPERSID);
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks) */
static void put_tensor(bytes *to, const state_dict_storage *storage,
                       const state_dict_tensor *tensor) {
    put_global(to, "torch._utils\n_rebuild_tensor_v2\n");
    bytes_put_byte(to, MARK);
    put_storage(to, tensor->storage, storage[tensor->storage].count);
    put_number(to, tensor->offset);
    put_numbers(to, tensor->shape, tensor->rank);
    put_numbers(to, tensor->stride, tensor->rank);
    bytes_put_byte(to, NEWFALSE);
    put_empty_dict(to);
    bytes_put_byte(to, TUPLE);
    bytes_put_byte(to, REDUCE);
}

void state_dict_pickle(bytes *to, const state_dict_storage *storage,
                       const state_dict_tensor *tensor, size_t tensors) {
    bytes_put_byte(to, PROTO);
    bytes_put_byte(to, 2);
    put_empty_dict(to);
    bytes_put_byte(to, MARK);
    for (size_t i = 0; i < tensors; i++) {
        put_text(to, tensor[i].name);
        put_tensor(to, storage, &tensor[i]);
    }
    bytes_put_byte(to, SETITEMS);
    bytes_put_byte(to, STOP);
}

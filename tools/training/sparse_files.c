/* SPDX-License-Identifier: MIT */
#include "training/sparse_files.h"

#include "base/fail.h"
#include "base/output.h"

#include <stdlib.h>

/* The output, and why it refused bytes: an interruption is no failed write. */
typedef struct sink_of {
    output out;
    int status;
} sink_of;

static int sink(void *context, const void *bytes, size_t len) {
    sink_of *to = context;
    to->status = output_write(&to->out, bytes, len);
    return to->status;
}

static int write_tower(const model_file *model, tt_tower tower, const char *path) {
    sink_of to = {.status = 0};
    int status = output_open(&to.out, path);
    if (status)
        return status;
    tt_status written = tt_model_write_sparse(&model->model, tower, sink, &to);
    if (to.status)
        status = to.status;
    else if (written != TT_OK)
        status = fail(TW_IO, "%s: cannot write the model: %s", path, tt_status_text(written));
    if (!status)
        status = output_commit(&to.out);
    output_abandon(&to.out);
    return status;
}

int sparse_files_write(const model_file *model, const char *folder) {
    static const char *const name[TT_TOWERS] = {"user_tower_sparse.onnx", "item_tower_sparse.onnx"};
    int status = 0;
    for (int tower = 0; !status && tower < TT_TOWERS; tower++) {
        char *path = xasprintf("%s/%s", folder, name[tower]);
        status = write_tower(model, (tt_tower)tower, path);
        free(path);
    }
    return status;
}

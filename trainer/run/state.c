/* SPDX-License-Identifier: MIT */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

size_t tr_prefix_tensors(tr_tensor *tensor, size_t count, const char *prefix) {
    size_t len = strlen(prefix);
    for (size_t i = 0; i < count; i++) {
        memmove(tensor[i].name + len, tensor[i].name, strlen(tensor[i].name) + 1);
        memcpy(tensor[i].name, prefix, len);
    }
    return count;
}

static size_t add_parts(tr_tensor *tensor, const tr_shape *shape, float *array,
                        const char *prefix) {
    return tr_prefix_tensors(tensor, tr_shape_tensors(shape, array, tensor), prefix);
}

size_t tr_state_tensors(tr_tensor *tensor, const tr_shape *shape, float *weight,
                        const tr_optimiser *optimiser, uint32_t *order, uint32_t trainees) {
    size_t count = add_parts(tensor, shape, weight, "weight.");
    count += add_parts(tensor + count, shape, optimiser->average, "average.");
    count += add_parts(tensor + count, shape, optimiser->first, "first_moment.");
    count += add_parts(tensor + count, shape, optimiser->second, "second_moment.");
    tensor[count++] = (tr_tensor){"order", TR_U32, trainees, 1, 0, order};
    if (optimiser->rows > 0)
        tensor[count++] =
            (tr_tensor){"table_steps", TR_U32, optimiser->rows, 1, 0, optimiser->done};
    return count;
}

int tr_is_reordering(const uint32_t *order, const uint32_t *of, uint32_t count, uint32_t below) {
    unsigned char *wanted = calloc((size_t)below + 1, 1);
    if (!wanted)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        wanted[of[i]] = 1;
    int whole = 1;
    for (uint32_t i = 0; i < count && whole; i++) {
        whole = order[i] < below && wanted[order[i]];
        if (whole)
            wanted[order[i]] = 0;
    }
    free(wanted);
    return whole;
}

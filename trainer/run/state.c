/* SPDX-License-Identifier: MIT */
#include "run/state.h"

#include <stdlib.h>
#include <string.h>

/* Puts `prefix` before the names of the parts of one array of parameters. */
static size_t add_parts(tr_tensor *tensor, const tr_shape *shape, float *array,
                        const char *prefix) {
    size_t count = tr_shape_tensors(shape, array, tensor), len = strlen(prefix);
    for (size_t i = 0; i < count; i++) {
        memmove(tensor[i].name + len, tensor[i].name, strlen(tensor[i].name) + 1);
        memcpy(tensor[i].name, prefix, len);
    }
    return count;
}

size_t tr_state_tensors(tr_tensor *tensor, const tr_shape *shape, float *weight,
                        const tr_optimiser *optimiser, uint32_t *order, uint32_t trainees,
                        double *epoch_loss) {
    size_t count = add_parts(tensor, shape, weight, "weight.");
    count += add_parts(tensor + count, shape, optimiser->average, "average.");
    count += add_parts(tensor + count, shape, optimiser->first, "first_moment.");
    count += add_parts(tensor + count, shape, optimiser->second, "second_moment.");
    tensor[count++] = (tr_tensor){"epoch_loss", TR_F64, 1, 1, 0, epoch_loss};
    tensor[count++] = (tr_tensor){"order", TR_U32, trainees, 1, 0, order};
    return count;
}

int tr_order_is_whole(const tr_dataset *set, const uint32_t *order) {
    unsigned char *wanted = calloc((size_t)set->data->users + 1, 1);
    if (!wanted)
        return 0;
    for (uint32_t i = 0; i < set->trainees; i++)
        wanted[set->trainee[i]] = 1;
    int whole = 1;
    for (uint32_t i = 0; i < set->trainees && whole; i++) {
        whole = order[i] < set->data->users && wanted[order[i]];
        if (whole)
            wanted[order[i]] = 0;
    }
    free(wanted);
    return whole;
}

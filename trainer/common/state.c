/* SPDX-License-Identifier: MIT */
#include "common/state.h"
#include "common/random.h"

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

void tr_shuffle(uint32_t *order, uint32_t count, uint64_t seed, uint32_t epoch) {
    uint64_t key = tr_random_key(seed, epoch, TR_DRAW_ORDER);
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = (uint32_t)((tr_random(key, i) >> 32) * i >> 32);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

int tr_is_permutation(const uint32_t *order, const uint32_t *of, uint32_t count, uint32_t limit) {
    unsigned char *wanted = calloc((size_t)limit + 1, 1);
    if (!wanted)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        wanted[of[i]] = 1;
    int whole = 1;
    for (uint32_t i = 0; i < count && whole; i++) {
        whole = order[i] < limit && wanted[order[i]];
        if (whole)
            wanted[order[i]] = 0;
    }
    free(wanted);
    return whole;
}

/* SPDX-License-Identifier: MIT */
#include "kernel/kernels.h"

static const tr_kernels *in_use;

const tr_kernels *tr_kernels_now(void) {
    /* Any thread may be the first: all would choose the same. */
    const tr_kernels *kernels = __atomic_load_n(&in_use, __ATOMIC_RELAXED);
    if (!kernels) {
        tr_kernels_use(NULL);
        kernels = __atomic_load_n(&in_use, __ATOMIC_RELAXED);
    }
    return kernels;
}

void tr_kernels_use(const tr_kernels *kernels) {
    if (!kernels)
        kernels = tr_kernels_avx512();
    if (!kernels)
        kernels = tr_kernels_avx2();
    if (!kernels)
        kernels = tr_kernels_neon();
    if (!kernels)
        kernels = tr_kernels_c();
    __atomic_store_n(&in_use, kernels, __ATOMIC_RELAXED);
}

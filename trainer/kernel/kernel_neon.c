/* SPDX-License-Identifier: MIT */
/* The kernels for aarch64, where every processor has NEON with fused multiply-add. */
#include "kernel/kernels.h"

#ifdef __aarch64__

#define KERNEL static
#define INLINE static inline

#include "kernel/lanes_neon.h"
#include "kernel/loops.h"
#include "kernel/loops_adam.h"
#include "kernel/loops_sums.h"
#include "kernel/tile.h"

const tr_kernels *tr_kernels_neon(void) {
    static const tr_kernels kernels = {"neon", HIGH,   WIDE, multiply, interleave, dot,  add_scaled,
                                       scale,  gather, max,  exp_row,  sum_rows,   adam, catch_up};
    return &kernels;
}

#else

const tr_kernels *tr_kernels_neon(void) {
    return NULL;
}

#endif

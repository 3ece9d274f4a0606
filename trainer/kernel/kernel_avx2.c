/* SPDX-License-Identifier: MIT */
/* The kernels for x86-64 processors with AVX2 and FMA (Intel since 2013, AMD
 * since 2015). */
#include "kernel/kernels.h"

#ifdef __x86_64__

#define KERNEL static __attribute__((target("avx2,fma")))
#define INLINE static inline __attribute__((target("avx2,fma")))

#include "kernel/lanes_avx2.h"
#include "kernel/loops.h"
#include "kernel/loops_adam.h"
#include "kernel/loops_sums.h"
#include "kernel/tile.h"

const tr_kernels *tr_kernels_avx2(void) {
    static const tr_kernels kernels = {"avx2", HIGH,   WIDE, multiply, interleave, dot,  add_scaled,
                                       scale,  gather, max,  exp_row,  sum_rows,   adam, catch_up};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernels : NULL;
}

#else

const tr_kernels *tr_kernels_avx2(void) {
    return NULL;
}

#endif

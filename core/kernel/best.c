/* SPDX-License-Identifier: MIT */
#include "kernel/kernel.h"

/* One after the other, so that a compiler leaves out tables that another one always precedes. */
const tt_kernels *tt_kernels_best(void) {
    if (avx512_is_faster()) /* asks the processor */
        return tt_kernels_avx512();
    if (tt_kernels_avx2() != NULL)
        return tt_kernels_avx2();
    if (tt_kernels_neon() != NULL)
        return tt_kernels_neon();
    if (tt_kernels_wasm() != NULL)
        return tt_kernels_wasm();
    return tt_kernels_sse2() != NULL ? tt_kernels_sse2() : tt_kernels_c();
}

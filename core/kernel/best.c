/* SPDX-License-Identifier: MIT */
#include "kernel/kernel.h"

const tt_kernels *tt_kernels_best(void) {
    const tt_kernels *const wide[] = {tt_kernels_avx2(), tt_kernels_neon(), tt_kernels_wasm(),
                                      tt_kernels_sse2()};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (wide[i] != NULL)
            return wide[i];
    return tt_kernels_c();
}

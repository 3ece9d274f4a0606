/* SPDX-License-Identifier: MIT */
#include "model/kernel_option.h"

#include "cli/fail.h"

#include <string.h>

int kernel_option(const arguments *given, const tt_kernels **kernels) {
    const char *name = option_text(given, "kernel");
    *kernels = strcmp(name, "c") == 0      ? tt_kernels_c()
               : strcmp(name, "avx2") == 0 ? tt_kernels_avx2()
                                           : tt_kernels_best();
    if (!*kernels)
        return fail(TW_USAGE, "--kernel avx2: this machine lacks AVX2 or F16C; use --kernel best");
    return 0;
}

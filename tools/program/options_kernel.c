/* SPDX-License-Identifier: MIT */
#include "program/options_kernel.h"

#include "base/fail.h"

#include <string.h>

int options_kernel(const arguments *given, const tt_kernels **kernels) {
    static const struct {
        const char *name;
        const tt_kernels *(*get)(void);
    } tables[] = {{"c", tt_kernels_c},       {"sse2", tt_kernels_sse2},
                  {"avx2", tt_kernels_avx2}, {"avx512", tt_kernels_avx512},
                  {"neon", tt_kernels_neon}, {"best", tt_kernels_best}};
    const char *name = option_text(given, "kernel");
    size_t i = 0;
    while (strcmp(tables[i].name, name) != 0) /* the option takes no other name */
        i++;
    *kernels = tables[i].get();
    if (!*kernels)
        return fail(TW_USAGE, "--kernel %s: this machine does not have it; use --kernel best",
                    name);
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* The kernels that --kernel names. */
#ifndef TOOLS_PROGRAM_OPTIONS_KERNEL_H
#define TOOLS_PROGRAM_OPTIONS_KERNEL_H

#include "program/options.h"
#include "twotower.h"

#define KERNEL_OPTION \
    { \
        "kernel", OPTION_CHOICE, "NAME", "best", NULL, "c|sse2|avx2|avx512|neon|best", \
            "which inner loops" \
    }

/* Fails with TW_USAGE where this machine lacks them. */
int options_kernel(const arguments *arguments, const tt_kernels **kernels);

#endif

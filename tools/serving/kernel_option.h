/* SPDX-License-Identifier: MIT */
/* The kernels that --kernel names. */
#ifndef TOOLS_SERVING_KERNEL_OPTION_H
#define TOOLS_SERVING_KERNEL_OPTION_H

#include "program/options.h"
#include "twotower.h"

#define KERNEL_OPTION \
    { \
        "kernel", OPTION_CHOICE, "NAME", "best", NULL, "c|sse2|avx2|avx512|neon|best", \
            "which inner loops" \
    }

/* Fails with TW_USAGE where this machine lacks them. */
int kernel_option(const arguments *arguments, const tt_kernels **kernels);

#endif

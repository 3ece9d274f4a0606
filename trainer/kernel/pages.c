/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* madvise */
#include "kernel/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

float *tr_table_memory(size_t count) {
    enum { PAGE = 1 << 16, LARGE = 1 << 22 }; /* PAGE: a multiple of any system's small one */
    float *memory = calloc(count, sizeof *memory);
#ifdef MADV_HUGEPAGE
    uintptr_t begin = (uintptr_t)memory, end = begin + count * sizeof *memory;
    begin = (begin + PAGE - 1) / PAGE * PAGE;
    if (memory && count >= LARGE / sizeof *memory) /* advice: that it is not taken is no error */
        (void)madvise((char *)memory + (begin - (uintptr_t)memory), (end - begin) / PAGE * PAGE,
                      MADV_HUGEPAGE);
#endif
    return memory;
}

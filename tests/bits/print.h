/* SPDX-License-Identifier: MIT */
/* What the programs of this folder print, without a C library. */
#ifndef TESTS_BITS_PRINT_H
#define TESTS_BITS_PRINT_H

#include "target.h"

#include <stddef.h>
#include <stdint.h>

static inline void print(const char *text) {
    size_t len = 0;
    while (text[len] != '\0')
        len++;
    target_print(text, len);
}

/* A blank and sixteen digits. */
static inline void print_digest(uint64_t digest) {
    char text[17] = " ";
    for (int i = 0; i < 16; i++)
        text[i + 1] = "0123456789abcdef"[digest >> (60 - 4 * i) & 15];
    target_print(text, sizeof text);
}

#endif

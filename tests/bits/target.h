/* SPDX-License-Identifier: MIT */
/* What bits.c needs of a target, hosted or bare. */
#ifndef BITS_TARGET_H
#define BITS_TARGET_H

#include <stddef.h>

/* Writes to the standard output, or what stands for it. */
void target_print(const char *text, size_t len);

#endif

/* SPDX-License-Identifier: MIT */
/* What a program needs of a target, hosted or bare. */
#ifndef PORTS_TARGET_H
#define PORTS_TARGET_H

#include <stddef.h>

/* Writes to the standard output, or what stands for it. */
void target_print(const char *text, size_t len);

#endif

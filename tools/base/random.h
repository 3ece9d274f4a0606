/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BASE_RANDOM_H
#define TOOLS_BASE_RANDOM_H

#include <stddef.h>

/* Random bytes of the system: 0, or -1 where it gives none. */
int random_fill(void *to, size_t len);

/* 16 hexadecimal digits for a name that nobody else takes; where the system gives no random bytes,
 * of the clock, the process and a counter. */
enum { RANDOM_NAME = 17 };
void random_name(char to[RANDOM_NAME]);

#endif

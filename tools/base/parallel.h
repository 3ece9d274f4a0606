/* SPDX-License-Identifier: MIT */
/* A loop over rows that several threads share. */
#ifndef TOOLS_BASE_PARALLEL_H
#define TOOLS_BASE_PARALLEL_H

#include <stdint.h>

/* Does rows begin .. end - 1 on thread number `thread`, which does one such block
 * at a time.  Returns 0, or the status of `fail`. */
typedef int (*parallel_rows)(void *context, uint32_t thread, uint32_t begin, uint32_t end);

/* Runs `rows` over 0 .. count - 1 in blocks of `block` on at most `threads`
 * threads, the caller's (number 0) included; fewer if the system gives no more.
 * A block writes only what belongs to its rows and its thread, so that no result
 * depends on threads.  `what` names the progress line.  After a failure or a
 * signal no further block begins.  Returns 0 or the first failed status. */
int parallel_for(const char *what, uint32_t threads, uint32_t count, uint32_t block,
                 parallel_rows rows, void *context);

#endif

/* SPDX-License-Identifier: MIT */
/* A pool of threads for work that is cut into numbered parts. */
#ifndef TRAINER_COMMON_POOL_H
#define TRAINER_COMMON_POOL_H

#include <stdint.h>

typedef struct tr_pool tr_pool;

/* Does one part.  Parts run in any order and at the same time, each once: a
 * part writes only what it owns, so that results do not depend on threads. */
typedef void (*tr_work)(void *context, uint32_t part);

/* A pool of `threads` threads, the caller's included; 0 counts as 1.  NULL if
 * memory or threads cannot be had. */
tr_pool *tr_pool_create(uint32_t threads);
uint32_t tr_pool_threads(const tr_pool *pool);

/* Runs work(context, 0 .. parts - 1) and returns when all are done.  One call
 * at a time per pool, never from inside a part. */
void tr_pool_run(tr_pool *pool, tr_work work, void *context, uint32_t parts);
void tr_pool_free(tr_pool *pool); /* NULL is allowed */

/* The first of `count` things that belongs to `part` of `parts`; the part ends
 * where the next one begins. */
static inline uint32_t tr_part_begin(uint32_t count, uint32_t parts, uint32_t part) {
    return (uint32_t)((uint64_t)count * part / parts);
}

#endif

/* SPDX-License-Identifier: MIT */
/* Memory that is given piece by piece, never moves and is released at once: plain, or on disk
 * (base/disk.h). */
#ifndef TOOLS_BASE_POOL_H
#define TOOLS_BASE_POOL_H

#include "twotower.h"

typedef struct pool_block pool_block;

/* An empty pool is all zero, `pool text = {0};`, but for on_disk. */
typedef struct pool {
    pool_block *block;
    size_t used, capacity; /* of the newest block */
    int on_disk;
} pool;

/* `bytes` of memory, aligned for numbers of 8 bytes. */
void *pool_take(pool *from, size_t bytes);
/* A copy of a text, not terminated, any alignment. */
tt_text pool_text(pool *from, tt_text text);
/* The pool is empty again. */
void pool_free(pool *from);

#endif

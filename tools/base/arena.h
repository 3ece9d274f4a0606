/* SPDX-License-Identifier: MIT */
/* Memory that is given piece by piece, never moves and is released at once: plain, or on disk
 * (base/disk.h). */
#ifndef TOOLS_BASE_ARENA_H
#define TOOLS_BASE_ARENA_H

#include "twotower.h"

typedef struct arena_block arena_block;

/* An empty arena is all zero, `arena text = {0};`, but for on_disk. */
typedef struct arena {
    arena_block *block;
    size_t used, capacity; /* of the newest block */
    int on_disk;
} arena;

/* `bytes` of memory, aligned for numbers of 8 bytes. */
void *arena_take(arena *from, size_t bytes);
/* A copy of a text, not terminated, any alignment. */
tt_text arena_text(arena *from, tt_text text);
/* The arena is empty again. */
void arena_free(arena *from);

#endif

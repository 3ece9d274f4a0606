/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/disk.h"
#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16, BLOCK_ON_DISK = 1 << 20 };

struct arena_block {
    arena_block *next;
    uint64_t bytes[];
};

static void *take(arena *from, size_t bytes, size_t align) {
    size_t at = (from->used + align - 1) & ~(align - 1);
    if (!from->block || at > from->capacity || from->capacity - at < bytes) {
        size_t least = from->on_disk ? BLOCK_ON_DISK : BLOCK;
        size_t capacity = bytes > least ? bytes : least;
        if (capacity > SIZE_MAX - sizeof(arena_block)) {
            out_of_memory(bytes);
            abort();
        }
        arena_block *block = from->on_disk ? disk_zero(1, sizeof *block + capacity)
                                           : xmalloc(sizeof *block + capacity);
        block->next = from->block;
        from->block = block;
        from->capacity = capacity;
        at = 0;
    }
    from->used = at + bytes;
    return (char *)from->block->bytes + at;
}

void *arena_take(arena *from, size_t bytes) {
    return take(from, bytes, sizeof(uint64_t));
}

tt_text arena_text(arena *from, tt_text text) {
    char *at = take(from, text.len, 1);
    if (text.len)
        memcpy(at, text.at, text.len);
    return (tt_text){at, text.len};
}

void arena_free(arena *from) {
    while (from->block) {
        arena_block *next = from->block->next;
        if (from->on_disk)
            disk_free(from->block);
        else
            free(from->block);
        from->block = next;
    }
    from->used = from->capacity = 0;
}

/* SPDX-License-Identifier: MIT */
#include "cli/pool.h"

#include "cli/fail.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16 };

struct pool_block {
    pool_block *next;
    uint64_t bytes[];
};

static void *take(pool *from, size_t bytes, size_t align) {
    size_t at = (from->used + align - 1) & ~(align - 1);
    if (!from->block || at > from->capacity || from->capacity - at < bytes) {
        size_t capacity = bytes > BLOCK ? bytes : BLOCK;
        if (capacity > SIZE_MAX - sizeof(pool_block)) {
            need_failed(bytes);
            abort();
        }
        pool_block *block = need(sizeof *block + capacity);
        block->next = from->block;
        from->block = block;
        from->capacity = capacity;
        at = 0;
    }
    from->used = at + bytes;
    return (char *)from->block->bytes + at;
}

void *pool_take(pool *from, size_t bytes) {
    return take(from, bytes, sizeof(uint64_t));
}

tt_text pool_text(pool *from, tt_text text) {
    char *at = take(from, text.len, 1);
    if (text.len)
        memcpy(at, text.at, text.len);
    return (tt_text){at, text.len};
}

void pool_free(pool *from) {
    while (from->block) {
        pool_block *next = from->block->next;
        free(from->block);
        from->block = next;
    }
    from->used = from->capacity = 0;
}

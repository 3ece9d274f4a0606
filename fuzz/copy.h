/* SPDX-License-Identifier: MIT */
/* What the core writes, kept in memory: `keep` is its tt_sink, and refuses what exceeds `room`. */
#ifndef FUZZ_COPY_H
#define FUZZ_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct copy {
    uint8_t *bytes;
    size_t len, room;
} copy;

static int keep(void *context, const void *bytes, size_t len) {
    copy *to = context;
    if (len > to->room - to->len) {
        return 1;
    }
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
    return 0;
}

#endif

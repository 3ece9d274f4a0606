/* SPDX-License-Identifier: MIT */
/* enforce tt_key_find, unwind 17: up to 4,096 keys */
#include "inner.h"

#include "feature/hash.c"

void harness(void) {
    const uint8_t *keys;
    uint32_t count;
    uint64_t hash;
    size_t stride;
    __CPROVER_assume(count <= 4096);
    (void)tt_key_find(keys, count, stride, hash);
}

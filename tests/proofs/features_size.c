/* SPDX-License-Identifier: MIT */
/* check, unwind 2 */
#include "inner.h"

#include "feature/encode.c"

/* The size does not wrap: it is SIZE_MAX, which no caller has, or holds the slots wherever the
 * memory begins. */
void harness(void) {
    size_t entries, tokens, size = tt_features_size(entries, tokens);
    __CPROVER_assert(size == SIZE_MAX ||
                         (size - (ENCODE_ALIGN - 1)) / sizeof(tt_pending) >= entries,
                     "the entries fit");
    __CPROVER_assert(size == SIZE_MAX || (size - (ENCODE_ALIGN - 1)) / sizeof(tt_pending) >= tokens,
                     "the tokens fit");
}

/* SPDX-License-Identifier: MIT */
/* enforce tt_pending_fold, unwind 6: up to 4 slots */
#include "inner.h"

#include "feature/pending.c"

void harness(void) {
    tt_pending *slot;
    size_t count;
    __CPROVER_assume(count <= 4);
    (void)tt_pending_fold(slot, count);
}

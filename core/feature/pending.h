/* SPDX-License-Identifier: MIT */
/* The encoder's memory: (bag, row) pairs that wait for their weights to be added. */
#ifndef TT_PENDING_H
#define TT_PENDING_H

#include "contract.h"
#include "twotower.h"

/* The first `_merged` of the `_used` slots are ascending by key and distinct;
 * the others are in any order. */
typedef struct tt_pending {
    uint64_t key;    /* bag * 2^32 + row */
    uint64_t weight; /* in units of 2^-24; 2^40 tokens fit */
} tt_pending;

/* Sorts slots by key and adds the weights of equal keys.  Returns how many are
 * left.  n log n time, no memory of its own. */
size_t tt_pending_fold(tt_pending *slot, size_t count)
    TT_CONTRACT(tt_requires(tt_fresh(slot, count * sizeof *slot)),
                tt_assigns(__CPROVER_object_whole(slot)),
                tt_ensures(tt_result <= count && (tt_result > 0) == (count > 0)));

/* Makes all slots of the features ascending and distinct. */
void tt_pending_merge(tt_features *features);

#endif

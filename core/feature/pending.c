/* SPDX-License-Identifier: MIT */
#include "feature/pending.h"

#include <string.h>

enum { PENDING_CHUNK = 16 };

static void pending_sink(tt_pending *slot, size_t at, size_t count) {
    tt_pending moved = slot[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && slot[child + 1].key > slot[child].key)
            child++;
        if (slot[child].key <= moved.key)
            break;
        slot[at] = slot[child];
    }
    slot[at] = moved;
}

size_t tt_pending_fold(tt_pending *slot, size_t count) {
    size_t kept = 0;
    for (size_t i = count / 2; i > 0; i--)
        pending_sink(slot, i - 1, count);
    for (size_t end = count; end > 1; end--) {
        tt_pending last = slot[end - 1];
        slot[end - 1] = slot[0];
        slot[0] = last;
        pending_sink(slot, 0, end - 1);
    }
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && slot[kept - 1].key == slot[i].key)
            slot[kept - 1].weight += slot[i].weight;
        else
            slot[kept++] = slot[i];
    }
    return kept;
}

/* Adds to the slot with the same key, if there is one. */
static int pending_add(tt_pending *slot, size_t count, const tt_pending *from) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slot[middle].key < from->key)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == count || slot[low].key != from->key)
        return 0;
    slot[low].weight += from->weight;
    return 1;
}

/* Merges ascending new slots into ascending ones, from the end. */
static void pending_insert(tt_pending *slot, size_t count, const tt_pending *fresh, size_t n) {
    size_t to = count + n;
    while (n > 0) {
        if (count > 0 && slot[count - 1].key > fresh[n - 1].key)
            slot[--to] = slot[--count];
        else
            slot[--to] = fresh[--n];
    }
}

void tt_pending_merge(tt_features *features) {
    tt_pending *slot = features->_pending, fresh[PENDING_CHUNK];
    size_t merged = features->_merged, next = merged;
    if (features->_used == merged)
        return;
    size_t end = merged + tt_pending_fold(slot + merged, features->_used - merged);
    if (merged == 0)
        merged = next = end;
    while (next < end) { /* `fresh` frees the slots that the merged ones grow into */
        size_t n = 0;
        for (; next < end && n < PENDING_CHUNK; next++)
            if (!pending_add(slot, merged, &slot[next]))
                fresh[n++] = slot[next];
        pending_insert(slot, merged, fresh, n);
        merged += n;
    }
    features->_merged = features->_used = merged;
}

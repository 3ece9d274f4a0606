/* SPDX-License-Identifier: MIT */
/* The decisions of a store become interactions: likes and dislikes without stars. */
#ifndef TOOLS_PREP_DECISIONS_H
#define TOOLS_PREP_DECISIONS_H

#include "prep/observe.h"

/* Adds the decisions until `as_of`; skips are counted, and so are decisions on unknown videos. */
int observe_store(observed *all, store *from, const item_table *items, int64_t as_of);

/* Starts `all` and fills it with the decisions until `as_of`, one per user and
 * video. */
int observe_decisions(observed *all, store *from, const item_table *items, int64_t as_of);

#endif

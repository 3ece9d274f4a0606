/* SPDX-License-Identifier: MIT */
/* The decisions of a store become interactions: likes and dislikes without stars. */
#ifndef TOOLS_CATALOGUE_DECISIONS_H
#define TOOLS_CATALOGUE_DECISIONS_H

#include "catalogue/read_interactions.h"

/* Adds the decisions until `as_of`; skips are counted, and so are decisions on unknown videos. */
int interaction_set_read_store(interaction_set *all, store *from, const item_table *items,
                               int64_t as_of);

/* When the accounts of the users seen so far were made, where the store says it. */
int interaction_set_read_profiles(interaction_set *all, store *from);

/* Starts `all` and fills it with the decisions until `as_of`, one per user and video, and the
 * ages of the accounts. */
int interaction_set_read_decisions(interaction_set *all, store *from, const item_table *items,
                                   int64_t as_of);

#endif

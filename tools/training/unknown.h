/* SPDX-License-Identifier: MIT */
/* Videos that reviews name and the catalogue does not have become rows with a URL and no more. */
#ifndef TOOLS_TRAINING_UNKNOWN_H
#define TOOLS_TRAINING_UNKNOWN_H

#include "catalogue/read_interactions.h"

/* Inserts what `all` kept as unknown.  The external_id of a row is the content id in its URL
 * (cid=ID or id=ID), else the whole URL; its id follows from that (format/uuid.h), as an ingest
 * would have it, so that a later one completes the same row. */
int unknown_insert(const interaction_set *all, store *to, uint64_t *added);

#endif

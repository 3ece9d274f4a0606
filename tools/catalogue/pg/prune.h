/* SPDX-License-Identifier: MIT */
/* Old versions of the embeddings leave the database. */
#ifndef TOOLS_CATALOGUE_PG_PRUNE_H
#define TOOLS_CATALOGUE_PG_PRUNE_H

#include "catalogue/pg/connect.h"

#include <jansson.h>
#include <stdint.h>

/* Drops all versions but the `keep` that were written last, those that an environment serves or
 * would go back to, and those named in `also_kept` (an array of texts, or NULL): each in a
 * transaction of its own, so that what is dropped stays dropped when a later one fails.  Appends
 * {model_version, bytes} of each to `dropped`; with dry_run nothing is dropped. */
int embeddings_prune(pg *db, uint64_t keep, const json_t *also_kept, int dry_run, json_t *dropped);

/* Prints them as lines, and their sum. */
void embeddings_pruned_show(const pg *db, const json_t *dropped, int dry_run);

#endif

/* SPDX-License-Identifier: MIT */
/* Old runs leave the store. */
#ifndef TOOLS_RELEASE_PRUNE_H
#define TOOLS_RELEASE_PRUNE_H

#include "release/run_list.h"

/* Removes all but the `keep` newest runs (by id), those that a newest record calls current or
 * previous, and those whose upload has not ended.  The ids go to `removed`; with dry_run
 * nothing is removed.  A run leaves inventory first, so it is never half there for a reader. */
int prune_runs(const publish *p, size_t keep, int dry_run, json_t *removed);

/* Appends the ids of the runs that a newest record calls current or previous. */
int prune_kept(const publish *p, json_t *kept);

/* Sweeps every folder below the prefix (storage.h); *removed counts what went, or with dry_run
 * what would. */
int prune_leftovers(const publish *p, int dry_run, size_t *removed);

#endif

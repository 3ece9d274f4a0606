/* SPDX-License-Identifier: MIT */
/* Old runs leave the store. */
#ifndef TOOLS_RELEASE_CLEAN_H
#define TOOLS_RELEASE_CLEAN_H

#include "release/catalog.h"

/* Removes all but the `keep` newest runs (by id), those that a newest record calls current or
 * previous, and those whose upload has not ended.  The ids go to `removed`; with dry_run
 * nothing is removed.  A run leaves inventory first, so it is never half there for a reader. */
int clean_runs(const publish *p, size_t keep, int dry_run, json_t *removed);

/* Sweeps every folder below the prefix (storage.h); *removed counts what went, or with dry_run
 * what would. */
int clean_leftovers(const publish *p, int dry_run, size_t *removed);

#endif

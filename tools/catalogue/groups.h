/* SPDX-License-Identifier: MIT */
/* A table of (key, value) rows, grouped by key: the tags of each video.  What grows with the rows
 * stands on disk (base/disk.h); the different values are in memory. */
#ifndef TOOLS_CATALOGUE_GROUPS_H
#define TOOLS_CATALOGUE_GROUPS_H

#include "twotower.h"

typedef struct groups groups;

/* Reads the table at `path` (rows in any order; no file: no rows).  The value column is
 * the first of `values` (ends with NULL) that the file has.  An empty value counts for
 * nothing; an empty key is refused. */
int groups_read(groups **read, const char *path, const char *key, const char *const *values);
void groups_free(groups *all);

/* The values of a key, ascending by bytes, without duplicates; valid until the next
 * call. Marks the key as known. */
uint32_t groups_get(groups *all, tt_text key, const tt_text **values);

/* Rows whose key was never asked for. */
uint64_t groups_rows_without_id(const groups *all); /* they were left out */
uint64_t groups_unknown_rows(const groups *all);

#endif

/* SPDX-License-Identifier: MIT */
/* The log of an environment, and the pointers that are copies of its newest record. */
#ifndef TOOLS_RELEASE_LOG_H
#define TOOLS_RELEASE_LOG_H

#include "release/record.h"

/* The record with the highest number; *record is NULL where there is none.  For stores that can
 * be listed. */
int log_newest(const publish *p, json_t **record);

/* Record number `sequence`, NULL where there is none. */
int log_read(const publish *p, uint64_t sequence, json_t **record);

/* The hash of the inventory that the newest of the records up to `newest` with this run gives it;
 * *hash is the caller's, NULL: no record names the run as its current one. */
int log_find(const publish *p, const json_t *newest, const char *run_id, char **hash);

/* What a reader is to use: from the pointer, which may be old, and from `seen`, the highest number
 * that this reader saw (0: none), on to the records that came since.  *record is NULL where
 * nothing is active; a log that has lost `seen` fails with TW_CONFLICT. */
int log_resolve(const publish *p, uint64_t seen, json_t **record);

/* Creates the record, which releases it: TW_CONFLICT, and nothing changed, where its number is
 * taken.  Then writes the pointers. */
int log_commit(const publish *p, const json_t *record);

/* Writes the pointers that are not what the newest record is; *healed counts them.  Afterwards
 * they are those of the newest record, whoever else writes them. */
int log_point(const publish *p, int *healed);

#endif

/* SPDX-License-Identifier: MIT */
/* A record of the release log, which is also what a pointer holds. */
#ifndef TOOLS_RELEASE_RECORD_H
#define TOOLS_RELEASE_RECORD_H

#include "release/run.h"

/* Checks everything: the form, the names, the environment and the paths, the signature if a key
 * is pinned.  TW_INPUT, or TW_NEGATIVE for the signature. */
int record_parse(const publish *p, json_t **record, const bytes *text, const char *what);

uint64_t record_sequence(const json_t *record);
/* A text of its `current` ("run_id", "manifest_sha256", "published_at"). */
const char *record_current(const json_t *record, const char *name);
/* Entry `at` of `previous`, or NULL. */
const json_t *record_previous(const json_t *record, size_t at);

/* Does a record or an inventory say that it is signed? */
int document_is_signed(const json_t *document);

/* The record after `newest` (NULL: the first) that makes `run` the current one.  `forced` is the
 * list of what was overridden; it is released.  TW_USAGE where `newest` is signed and there is no
 * key to go on with. */
int record_make(const publish *p, json_t **record, const json_t *newest, const stored_run *run,
                const char *notes, json_t *forced);

#endif

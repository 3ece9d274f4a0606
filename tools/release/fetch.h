/* SPDX-License-Identifier: MIT */
/* The current run of an environment into the artifacts folder. */
#ifndef TOOLS_RELEASE_FETCH_H
#define TOOLS_RELEASE_FETCH_H

#include "release/log.h"

typedef struct publish_fetch_settings {
    publish_settings store;
    const char *root;   /* where runs/ and latest stand */
    const char *run_id; /* NULL: the current run */
    int unreleased;     /* also what no record releases: a served folder, or a run by its id */
} publish_fetch_settings;

typedef struct fetch_result {
    char *run_id;
    char *storage;         /* URL of the store; of publish_fetch_run only */
    json_t *record;        /* NULL: a run by its id, or a folder that no release names */
    size_t files, fetched; /* of the run; those that were not here yet */
} fetch_result;

/* Into <root>/runs/<run_id>; then <root>/latest leads there, and <root>/release.<environment>.json
 * says which release it is.  Nothing is parsed before its signature (if a key is pinned), size
 * and hash are checked, and nothing that is older than what was fetched before is taken.  With
 * `run_id` that run is fetched, and neither latest nor the release is changed; where a key is
 * pinned, it must have been released.  TW_CONFLICT: the store is behind what was fetched before.
 * The result is to be freed on failure too. */
int publish_fetch_run(const publish_fetch_settings *settings, fetch_result *result);
void fetch_result_free(fetch_result *result);

#endif

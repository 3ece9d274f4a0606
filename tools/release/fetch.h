/* SPDX-License-Identifier: MIT */
/* The current run of an environment into the artifacts folder. */
#ifndef TOOLS_RELEASE_FETCH_H
#define TOOLS_RELEASE_FETCH_H

#include "release/log.h"

typedef struct fetch_result {
    char *run_id;
    json_t *record;        /* NULL: a run by its id, or a folder that no release names */
    size_t files, fetched; /* of the run; those that were not here yet */
} fetch_result;

/* Into <root>/runs/<run_id>; then <root>/latest leads there, and <root>/release.<environment>.json
 * says which release it is.  Nothing is parsed before its signature (if a key is pinned), size
 * and hash are checked, and nothing that is older than what was fetched before is taken.  With
 * `run_id` that run is fetched, and neither latest nor the release is changed. */
int fetch_release(const publish *p, const char *root, const char *run_id, fetch_result *result);
void fetch_result_free(fetch_result *result);

#endif

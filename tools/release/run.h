/* SPDX-License-Identifier: MIT */
/* A run as it stands in the store. */
#ifndef TOOLS_RELEASE_RUN_H
#define TOOLS_RELEASE_RUN_H

#include "release/publish.h"

typedef struct stored_run {
    char *run_id;
    json_t *inventory; /* NULL: none is there, the run is not whole */
    char sha256[SHA256_HEX];
    uint64_t size; /* of manifest.json */
} stored_run;

/* Reads the inventory; run_id NULL takes whatever run a mirror has.  With `sha256` its bytes must
 * have that hash. A run without an inventory is not a failure here. */
int run_read(const publish *p, const char *run_id, const char *sha256, stored_run *run);
void run_free(stored_run *run);

/* Fails with TW_INPUT where there is no inventory, or none of a model. */
int run_need(const stored_run *run);

/* Reads every file again: TW_INPUT at the first that is missing or another. */
int run_verify(const publish *p, const stored_run *run);

/* A JSON file of the run, checked before it is parsed. */
int run_json(const publish *p, const stored_run *run, const char *name, json_t **document);

#endif

/* SPDX-License-Identifier: MIT */
/* What the nightly jobs share: one at a time in an environment, and the run that is fetched. */
#ifndef TOOLS_PROGRAM_SYNC_H
#define TOOLS_PROGRAM_SYNC_H

#include "catalogue/store.h"
#include "program/options_publish.h"
#include "program/options_store.h"
#include "program/step.h"

/* The options of both. */
#define SYNC_OPTIONS \
    STORE_OPTIONS, ENVIRONMENT_OPTION, STORAGE_OPTIONS, \
        {"artifacts-root", \
         OPTION_TEXT, \
         "DIR", \
         "ml/artifacts", \
         NULL, \
         NULL, \
         "where runs/, latest and live/ stand"}, \
        {"skip-fetch", OPTION_FLAG, NULL, NULL, NULL, NULL, "take the model that latest leads to"}, \
    { \
        "dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, \
            "count only: fetch, store and write nothing" \
    }

typedef struct nightly {
    job job;
    store *store;    /* holds the lock; NULL: a dry run */
    json_t *summary; /* NULL: not made yet */
} nightly;

/* Takes the lock: TW_CONFLICT where another sync of the environment is at work. */
int sync_begin(nightly *begun, const command *which, const arguments *arguments,
               const char *run_id);
/* Runs a step, made ready by job_step, and keeps the lock. */
int sync_run(nightly *of);
/* The step that fetches the running model, unless it is not wanted. */
int sync_fetch(nightly *of);
/* The step of `embed videos` or `embed users`, which writes below `folder`. */
step *sync_embed(nightly *of, const command *which, const char *folder);
/* The embed step's result with the whole job around it: "environment", "seconds", "rows_written"
 * (into the store), "steps".  Made once, and borrowed. */
const json_t *sync_summary(nightly *of, const command *embed);
/* Gives the lock back, tells how many `what` ("videos") were embedded, and ends the job. */
int sync_end(nightly *of, int status, const command *embed, const char *what);

#endif

/* SPDX-License-Identifier: MIT */
/* What the nightly jobs share: one at a time in an environment, and the run that is fetched. */
#ifndef TOOLS_PROGRAM_SYNC_H
#define TOOLS_PROGRAM_SYNC_H

#include "catalogue/store.h"
#include "ingest/ingest.h"
#include "program/jobs.h"

/* The options of both, beside those of their steps. */
#define SYNC_OPTIONS \
    {"artifacts-root", \
     OPTION_TEXT, \
     "DIR", \
     "ml/artifacts", \
     NULL, \
     NULL, \
     "where runs/, latest and live/ stand"}, \
        {"artifacts-dir", \
         OPTION_TEXT, \
         "DIR", \
         NULL, \
         NULL, \
         NULL, \
         "run folder of the model; default: latest of --artifacts-root"}, \
        {"skip-fetch", OPTION_FLAG, NULL, NULL, NULL, NULL, "take the model that latest leads to"}, \
    { \
        "dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, \
            "count only: fetch, store and write nothing" \
    }

/* What an embed step has done. */
typedef struct sync_embedded {
    uint64_t rows;
    int upserted;
    json_t *summary; /* borrowed */
} sync_embedded;

typedef struct nightly {
    job job;
    const arguments *given; /* of the job */
    store *store;           /* holds the lock; NULL: a dry run */
    char *model;            /* folder of the run that embeds */
    const job_step *fetch;  /* NULL: nothing was fetched */
    int is_behind;          /* the active release of the store: it moves when all is embedded */
    int has_ingested;
    ingest_counts ingested;
    json_t *summary; /* of the whole job; NULL: not made yet */
} nightly;

/* Takes the lock: TW_CONFLICT where another sync of the environment is at work. */
int sync_begin(nightly *begun, const command *which, const arguments *given, const char *run_id);
/* Ends a step as job_step_end does, and keeps the lock. */
int sync_step_end(nightly *of, int status, json_t *result);
/* Fetches the running model, unless it is not wanted; the store's active release follows the log
 * where it stayed behind.  TW_CONFLICT: they differ otherwise. */
int sync_fetch(nightly *of, const job_step *step);
/* Ends the embed step. The summary of the job is that of the step with the whole job around it:
 * "environment", "seconds", "rows_written" (into the store), "steps". */
int sync_embedded_end(nightly *of, int status, const sync_embedded *embedded);
/* Gives the lock back, tells how many `what` ("videos") were embedded, and ends the job. */
int sync_end(nightly *of, int status, const char *what);

#endif

/* SPDX-License-Identifier: MIT */
/* A run folder into the store. */
#ifndef TOOLS_RELEASE_UPLOAD_H
#define TOOLS_RELEASE_UPLOAD_H

#include "release/publish.h"

typedef struct publish_upload_settings {
    publish_settings store;
    const char *root;    /* where runs/ and latest stand */
    const char *run_id;  /* or "latest" */
    const char *summary; /* summary.md of the run; NULL: that of its folder */
} publish_upload_settings;

typedef struct upload_result {
    char *run_id;
    char *storage;           /* URL of the store; of publish_upload_run only */
    size_t files, sent;      /* of the run; those that were not there yet */
    uint64_t bytes;          /* of the run */
    char sha256[SHA256_HEX]; /* of its inventory */
} upload_result;

/* Uploads the ONNX files, the .pt, the JSON files and summary.md (from `summary`, if it is not
 * NULL) of a folder, the inventory last.  What is there already is compared and not sent again; a
 * run that is there with other files fails with TW_CONFLICT. */
int upload_run(const publish *p, const char *folder, const char *summary, upload_result *result);

/* The same of a run, with the store opened and closed. The result is to be freed on failure too. */
int publish_upload_run(const publish_upload_settings *settings, upload_result *result);
void upload_result_free(upload_result *result);

#endif

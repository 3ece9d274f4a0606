/* SPDX-License-Identifier: MIT */
/* Where a run came from: enough to train it again and compare. */
#ifndef TOOLS_TRAINING_PROVENANCE_H
#define TOOLS_TRAINING_PROVENANCE_H

#include "catalogue/dataset.h"

#include <jansson.h>

/* Appends {path, sha256, size} of a file; null for what is no regular file. */
int provenance_file(json_t *list, const char *path);

/* What a training was given: "options", the names of its tables and what `record` holds, and
 * "inputs", the files of the tables.  The caller releases *how, also after a failure. */
int provenance_training(json_t **how, const dataset_paths *tables, const json_t *record);

/* *own: the tables are those that the run in `folder` was trained with, by the hashes in its
 * model_meta.json. */
int provenance_is_of(int *own, const char *folder, const dataset_paths *tables);

/* GITHUB_SHA, or the commit of the repository that the current folder is in; NULL: neither.
 * The caller frees it. */
char *provenance_commit(void);

/* Fails with TW_INPUT where a recorded file is not there or another now. */
int provenance_check(const json_t *files);

#endif

/* SPDX-License-Identifier: MIT */
/* Where a run came from: enough to train it again and compare. */
#ifndef TOOLS_TRAINING_PROVENANCE_H
#define TOOLS_TRAINING_PROVENANCE_H

#include "program/options.h"

#include <jansson.h>

/* The values of a command's options as texts, but for those that say only where results go and how
 * fast; lists and flags as they are given. */
json_t *provenance_options(const arguments *a, const option *table);

/* {path, sha256, size} of a file; null for what is no regular file. */
json_t *provenance_file(const char *path);

/* What a training was given: "options", and "inputs", the files of DATASET_OPTIONS. */
json_t *provenance_training(const arguments *a, const option *table);

/* GITHUB_SHA, or the commit of the repository that the current folder is in; NULL: neither.
 * The caller frees it. */
char *provenance_commit(void);

/* Fails with TW_INPUT where a recorded file is not there or another now. */
int provenance_check(const json_t *files);

#endif

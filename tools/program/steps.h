/* SPDX-License-Identifier: MIT */
/* What commands share with the jobs that take them as steps: results as lines for people and as
 * JSON. */
#ifndef TOOLS_PROGRAM_STEPS_H
#define TOOLS_PROGRAM_STEPS_H

#include "evaluation/eval.h"
#include "ingest/ingest.h"
#include "program/options.h"
#include "release/fetch.h"
#include "release/upload.h"
#include "serving/embed_users.h"
#include "serving/embed_videos.h"
#include "training/prep.h"
#include "training/train.h"

void prep_print(const prep_result *result);
/* A line of JSON: of an epoch, or what train_json makes of the result. */
int train_tell_line(const json_t *line);
json_t *train_json(const train_result *result);

void eval_print(const eval_result *result);

/* TW_NEGATIVE, and what follows from it, where the gate is not met. */
int eval_refuse(const eval_result *result);

void embed_videos_print(const embed_videos_settings *settings, const embed_videos_result *result);
void embed_users_print(const embed_users_settings *settings, const embed_users_result *result);

/* Opens the store, reads what is due into it, and warns of what is unusable. */
int ingest_step(const arguments *given, const ingest_settings *settings, ingest_counts *counts);
json_t *fetch_json(const publish_fetch_settings *settings, const fetch_result *result);
json_t *upload_json(const upload_result *result);
void upload_print(const upload_result *result);

#endif

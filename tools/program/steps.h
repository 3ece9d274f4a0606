/* SPDX-License-Identifier: MIT */
/* What a command and the jobs that take it as a step share: its result as lines for people. */
#ifndef TOOLS_PROGRAM_STEPS_H
#define TOOLS_PROGRAM_STEPS_H

#include "evaluation/eval.h"
#include "serving/embed_users.h"
#include "serving/embed_videos.h"
#include "training/prep.h"
#include "training/train.h"

void prep_tell(const prep_result *result);
/* A line of JSON: of an epoch, or what train_json makes of the result. */
int train_tell_line(const json_t *line);
json_t *train_json(const train_result *result);

void eval_tell(const eval_result *result);

/* TW_NEGATIVE, and what follows from it, where the gate is not met. */
int eval_refuse(const eval_result *result);

void embed_videos_tell(const embed_videos_settings *settings, const embed_videos_result *result);
void embed_users_tell(const embed_users_settings *settings, const embed_users_result *result);

#endif

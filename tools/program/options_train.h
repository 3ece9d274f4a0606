/* SPDX-License-Identifier: MIT */
/* The options of train as settings. */
#ifndef TOOLS_PROGRAM_OPTIONS_TRAIN_H
#define TOOLS_PROGRAM_OPTIONS_TRAIN_H

#include "program/options.h"
#include "training/train.h"

/* Fails with TW_USAGE. The texts are those of `given`; `record` is the caller's to release, also
 * after a failure. */
int options_train(train_settings *settings, json_t **record, const arguments *given);

#endif

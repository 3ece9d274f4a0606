/* SPDX-License-Identifier: MIT */
/* What the options of train ask of the trainer. */
#ifndef TOOLS_TRAINING_TRAINING_OPTIONS_H
#define TOOLS_TRAINING_TRAINING_OPTIONS_H

#include "program/options.h"
#include "trainer.h"

typedef struct training_options {
    tr_options options;
    tr_buckets buckets; /* of --recipe mlp */
    tr_numbers numbers;
    int choose_epochs; /* --epochs auto */
} training_options;

/* Fails with TW_USAGE. */
int training_options_read(training_options *to, const arguments *arguments);

#endif

/* SPDX-License-Identifier: MIT */
/* The options of prep as settings. */
#ifndef TOOLS_PROGRAM_OPTIONS_PREP_H
#define TOOLS_PROGRAM_OPTIONS_PREP_H

#include "program/options.h"
#include "training/prep.h"

/* Fails with TW_USAGE; the texts are those of `given`. */
int options_prep(prep_settings *settings, const arguments *given);

#endif

/* SPDX-License-Identifier: MIT */
/* The options of eval as settings. */
#ifndef TOOLS_PROGRAM_OPTIONS_EVAL_H
#define TOOLS_PROGRAM_OPTIONS_EVAL_H

#include "evaluation/eval.h"
#include "program/options.h"

/* They fail with TW_USAGE; the texts are those of `given`. */
int options_gate(gate_settings *settings, const arguments *given);
int options_eval(eval_settings *settings, const arguments *given);

#endif

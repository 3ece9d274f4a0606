/* SPDX-License-Identifier: MIT */
/* The gate: conditions that a model must meet before anything later runs.  What
 * cannot be measured has not passed. */
#ifndef TOOLS_EVAL_GATE_H
#define TOOLS_EVAL_GATE_H

#include "cli/options.h"

#include <jansson.h>

/* Checks the form of --min NAME=VALUE and --min-over-popularity. */
int gate_check_options(const arguments *arguments);

/* One object per condition: {condition, value, wanted, passed}; *passed is 0 if
 * any failed. `metrics` and `popularity` are as ranking_json makes them. */
json_t *gate_judge(const arguments *arguments, const json_t *metrics, const json_t *popularity,
                   unsigned k, int *passed);

#endif

/* SPDX-License-Identifier: MIT */
/* The gate: conditions that a model must meet before anything later runs.  What
 * cannot be measured has not passed. */
#ifndef TOOLS_EVALUATION_GATE_H
#define TOOLS_EVALUATION_GATE_H

#include "program/options.h"

#include <jansson.h>

/* Checks the form of --min NAME=VALUE, --min-over-popularity and --max-drop. */
int gate_check_options(const arguments *arguments);

/* One object per condition, {condition, value, wanted, passed}; *passed is 0 if
 * any failed.  `document` is what metrics.json will hold: {users, metrics, popularity,
 * cold, as_decisions, baseline_diff}.
 *   users                 somebody has a validation like (with --cold: a cold one too)
 *   --min NAME=VALUE      a metric, or one of cold or as_decisions: cold.recall@20
 *   --min-over-popularity recall@K of metrics over that of popularity
 *   --baseline            least_drop of recall@K and of map@K, which is the percentile
 *                         5 of 1 - mean(ours) / mean(baseline) over user bootstraps, is at
 *                         most --max-drop */
json_t *gate_judge(const arguments *arguments, const json_t *document, unsigned k, int *passed);

#endif

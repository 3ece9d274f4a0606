/* SPDX-License-Identifier: MIT */
/* The gate: conditions that a model must meet before anything later runs.  What
 * cannot be measured has not passed. */
#ifndef TOOLS_EVALUATION_GATE_H
#define TOOLS_EVALUATION_GATE_H

#include <jansson.h>

#include <stddef.h>

typedef struct gate_settings {
    const char *const *min; /* [mins] "NAME=VALUE", checked by gate_condition */
    size_t mins;
    double min_over_popularity; /* 0: not asked for */
    double max_drop;            /* part of the baseline's, from 0 to below 1 */
    int cold;                   /* the cold videos are judged too */
    const char *baseline;       /* the run to compare with (baseline_folder); NULL: none */
} gate_settings;

gate_settings gate_settings_default(void);

enum { GATE_NAME = 48 };

/* Splits "NAME=VALUE"; 0 if the text is not of that form. */
int gate_condition(const char *text, char name[GATE_NAME], double *value);

/* One object per condition, {condition, value, wanted, passed}; *passed is 0 if
 * any failed.  `document` is what metrics.json will hold: {users, metrics, popularity,
 * cold, as_decisions, baseline_diff}.
 *   users                somebody has a validation like (with `cold`: a cold one too)
 *   min                  a metric, or one of cold or as_decisions: cold.recall@20
 *   min_over_popularity  recall@K of metrics over that of popularity
 *   baseline             drop_low of recall@K and of map@K, which is the percentile
 *                        5 of 1 - mean(ours) / mean(baseline) over user bootstraps, is at
 *                        most max_drop */
json_t *gate_judge(const gate_settings *settings, const json_t *document, unsigned k, int *passed);

#endif

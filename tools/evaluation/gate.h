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

enum {
    GATE_NAME = 48,
    GATE_USERS = 6 /* fewer have no interval of 95 % */
};

/* Splits "NAME=VALUE"; 0 if the text is not of that form. */
int gate_condition(const char *text, char name[GATE_NAME], double *value);

/* One object per condition, {condition, value, wanted, verdict, passed} and, where it says more,
 * `why`.  The verdict is "met", "not met", "cannot be judged" (what it rests on is missing or
 * measures nothing; passed is false) or "left out" (no model reaches it on these users; passed is
 * null).  *passed is 0 unless all others are met.  `document` is what metrics.json will hold:
 * {users, leaks, metrics, reachable, popularity, cold, as_decisions, baseline_diff}.
 *   users                GATE_USERS have a validation like (with `cold`: a cold one too)
 *   leaks                true: no figure says anything
 *   min                  a metric, or one of cold or as_decisions: cold.recall@20
 *   min_over_popularity  recall@K of metrics over that of popularity, which is above 0
 *   baseline             drop_low of recall@K and of map@K, which is the percentile
 *                        5 of 1 - mean(ours) / mean(baseline) over user bootstraps, is at
 *                        most max_drop */
json_t *gate_judge(const gate_settings *settings, const json_t *document, unsigned k, int *passed);

/* The first of the conditions that cannot be judged, or NULL; borrowed. */
const json_t *gate_unjudged(const json_t *conditions);

#endif

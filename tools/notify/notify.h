/* SPDX-License-Identifier: MIT */
/*
 * Word of a job that has ended, for people.  Two webhooks are served, each where its variable is
 * set (an empty one counts as unset): DISCORD_WEBHOOK_URL, and NOTIFY_WEBHOOK_URL, which takes
 * Slack's incoming webhooks and whatever else reads JSON:
 *
 *     {"text": "...", "job": "...", "status": "success", "run_id": "...", "link": "...",
 *      "figures": {"recall@20": 0.32}}
 *
 * Their URLs are secrets and never get into a message.
 */
#ifndef TOOLS_NOTIFY_NOTIFY_H
#define TOOLS_NOTIFY_NOTIFY_H

#include <jansson.h>

/* URLs of the webhooks; NULL: not set. */
typedef struct notify_settings {
    const char *discord; /* DISCORD_WEBHOOK_URL */
    const char *generic; /* NOTIFY_WEBHOOK_URL */
} notify_settings;

typedef struct notify_report {
    const char *job;       /* "weekly training" */
    const char *status;    /* "success", "failure", "cancelled", "skipped" */
    const char *reason;    /* why it failed, or NULL */
    const char *run_id;    /* or NULL */
    const char *link;      /* where its log stands, or NULL */
    const json_t *figures; /* an object of numbers and truths; or NULL */
} notify_report;

typedef struct notify_counts {
    unsigned sent, failed; /* of the webhooks that are set */
} notify_counts;

/* Sends the report to every webhook that is set, each within 15 s.  One that does not take it is
 * a warning, never a failure of the job.  Fails with TW_INTERRUPTED alone. */
int notify_job(const notify_settings *settings, const notify_report *report, notify_counts *counts);

/* Adds what a JSON report says in short to `figures`: its numbers and truths, those of its
 * member "metrics" that a gate looks at. */
void notify_figures(json_t *figures, const json_t *report);

#endif

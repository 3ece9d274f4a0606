/* SPDX-License-Identifier: MIT */
/*
 * The report: what a run folder and the tables say of a model, as one page that
 * needs nothing else.  gather reads and ranks; each further file makes one part of
 * the document, and page.h puts it into the page.
 */
#ifndef TOOLS_REPORT_REPORT_H
#define TOOLS_REPORT_REPORT_H

#include "catalogue/dataset.h"
#include "evaluation/ranking.h"
#include "report/counts.h"
#include "serving/embedder.h"

/* One model on today's tables. */
typedef struct report_run {
    char *folder;
    model_file model;
    embedded users, items;
    tr_ranking ranking;
    uint32_t *top;    /* [users][k] the best items that the user does not know, best first;
                       * UINT32_MAX after the last, and for users without embedding */
    float *score;     /* [users][k] */
    json_t *document; /* its part of the page's data */
} report_run;

typedef struct report_settings {
    dataset_paths tables;
    const char *run[2];         /* an id, a folder, or "active"; [1] NULL: nothing beside it */
    const char *artifacts_root; /* where runs/ and latest stand */
    uint32_t k;                 /* length of the lists */
    uint32_t max_users, max_items;
    uint32_t threads; /* 0: one per processor */
    double max_mb;    /* of the page, in megabytes */
    int images;       /* the page asks for thumbnails */
} report_settings;

typedef struct report {
    report_settings settings;
    dataset data;
    ranking_task task;
    report_run run[2]; /* the model, and the one it is compared with */
    uint32_t runs;
    uint32_t *user, users; /* [users] rows of data.users that the page shows, ascending */
    uint32_t *item, items; /* [items] the same of data.items, most liked first */
    uint32_t *item_place;  /* [data.items.count] position in `item`, or UINT32_MAX */
    json_t *document;
} report;

/* Text as JSON; what is not UTF-8 of it becomes U+FFFD. */
json_t *report_text(tt_text text);

/* Reads tables and runs, ranks, and chooses what the page shows.  report_free is safe
 * after a failure. */
int report_gather(report *of, const report_settings *settings);
void report_free(report *of);

/* Fills run->top and run->score. */
int report_lists(const report *of, report_run *run);

/* Parts of the document. */
json_t *report_items(const report *of);
json_t *report_images(const report *of);
json_t *report_users(const report *of);
json_t *report_bias(const report *of);
json_t *report_distribution(const report *of, const report_run *run);
json_t *report_map(const report *of, const report_run *run);
int report_health(json_t **made, const report *of, const report_run *run);
/* How much the two runs agree. */
json_t *report_drift(const report *of);

/* For the first ranks of each shown user: which of the video's features and of the user's
 * likes moved the score most, as what the score loses without it. */
int report_explain(json_t **made, const report *of, const report_run *run);

#endif

/* SPDX-License-Identifier: MIT */
/* How well a model ranks the validation likes of a dataset, and how well
 * popularity does. */
#ifndef TOOLS_EVAL_RANKING_H
#define TOOLS_EVAL_RANKING_H

#include "cli/message.h"
#include "model/model_file.h"
#include "tables/dataset.h"

typedef struct ranking {
    uint32_t k, k2;
    tr_ranking model, popularity;
} ranking;

typedef struct ranking_options {
    uint32_t k, threads;
    const interaction_list *negatives; /* unobserved videos, for auc */
} ranking_options;

/* The second cut that is reported beside --recall-k. */
enum { RANKING_K2 = 10 };

int ranking_make(ranking *made, const model_file *model, const dataset *data,
                 const ranking_options *options);
void ranking_free(ranking *made);

/* Metrics by name: recall@20, map@20, ..., auc; numbers that do not exist are null. */
json_t *ranking_json(const ranking *from, const tr_ranking *of);
/* 95 % intervals by name: [low, high]. */
json_t *ranking_intervals(const ranking *from, const tr_ranking *of);

#endif

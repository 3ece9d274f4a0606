/* SPDX-License-Identifier: MIT */
/* How well validation likes are ranked, by a model's embeddings or by one score
 * per video. */
#ifndef TOOLS_EVALUATION_RANKING_H
#define TOOLS_EVALUATION_RANKING_H

#include "base/message.h"
#include "catalogue/dataset.h"
#include "serving/embedded.h"

/* The second cut that is reported beside --recall-k. */
enum { RANKING_K2 = 10 };

/* What every model is judged on. */
typedef struct ranking_task {
    const dataset *data;
    item_lists train, liked, disliked, negatives;
    float *popularity; /* [items] train likes */
    uint32_t k, threads;
} ranking_task;

/* `negatives`: unobserved videos, for auc. */
void ranking_task_make(ranking_task *task, const dataset *data, const interaction_list *negatives,
                       uint32_t k, uint32_t threads);
void ranking_task_free(ranking_task *task);

/* Borrows all of it.  users and items NULL: popularity. */
tr_ranking_input ranking_input(const ranking_task *task, const embedded *users,
                               const embedded *items);
int ranking_make(tr_ranking *made, const tr_ranking_input *input);

/* Metrics by name: recall@20, map@20, ..., auc; numbers that do not exist are null. */
json_t *ranking_json(const tr_ranking *of, const tr_ranking_input *input);
/* {recall@K: ...}: the recall of lists that hold as many validation likes as they have room for. */
json_t *ranking_reachable(const tr_ranking *of, const tr_ranking_input *input);
/* 95 % intervals by name: [low, high], both [TR_AT_K]. */
json_t *ranking_intervals(const double *low, const double *high, uint32_t k);

/* The names of what is compared, recall@K, map@K and auc_user_mean; NULL after the last. */
const char *ranking_compared(char room[48], unsigned at, unsigned k);
/* These of two rankings of the same users: see tr_change in trainer.h.  Without unobserved
 * videos there is no AUC. */
int ranking_changes(json_t **made, const tr_ranking *before, const tr_ranking *after,
                    const tr_ranking_input *input);

#endif

/* SPDX-License-Identifier: MIT */
/* What the users' embeddings lose where only likes and dislikes are known. */
#ifndef TOOLS_EVALUATION_AS_DECISIONS_H
#define TOOLS_EVALUATION_AS_DECISIONS_H

#include "evaluation/ranking.h"

/* The users of `data` as live decisions would have them, [users], the caller's to
 * free; histories are borrowed.  Decisions have no stars: nothing is neutral,
 * mean_stars is missing (0 after scaling, the mean of train), and the ratios and
 * review_count count likes and dislikes alone. */
tr_user *as_decisions(const dataset *data);

/* {metrics, intervals, recall@K: {...}, map@K: {...}}: from `ours`, of the users
 * as they are, to the users as decisions. */
int as_decisions_json(json_t **made, const model_file *model, const ranking_task *task,
                      const embedded *items, const tr_ranking *ours);

#endif

/* SPDX-License-Identifier: MIT */
/* An earlier model judged again on today's validation likes. */
#ifndef TOOLS_EVALUATION_BASELINE_H
#define TOOLS_EVALUATION_BASELINE_H

#include "evaluation/ranking.h"

/* The new model, as it was judged. */
typedef struct judged {
    const embedded *users, *items;
    const tr_ranking *ranking;
} judged;

/* The folder of a run: of an id below `root`, of a folder (with a '/'), or of "active", the run
 * whose embeddings were written last, which live/model_meta.json of `root` names.  The caller frees
 * it. */
int baseline_folder(char **folder, const char *name, const char *root);

/* Compares the model of the run `name` with `ours`, user by user:
 * {baseline, run_id, recall@K: {...}, map@K: {...}}.  Its own schema, vocabulary
 * and embedding length hold.  A run that is missing or refused is told in a
 * warning and gives {baseline, error}: the gate then fails.  "latest" or "active" before there is
 * such a run gives {baseline, none}: the gate leaves the comparison out.
 *
 * `name` and `root` are what baseline_folder takes, `val` names the validation rows.  ("latest" is
 * no baseline of its own: train has already moved it to the new run.)  Both are compared without
 * the pairs that the earlier run was trained on, which are counted in "left_out"; it is refused
 * where they are more than UNSEEN_FEW of all. */
int baseline_json(json_t **made, const char *name, const char *root, const char *val,
                  const ranking_task *task, const judged *ours);

#endif

/* SPDX-License-Identifier: MIT */
#include "evaluation/as_decisions.h"

#include "base/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

tr_user *as_decisions(const dataset *data) {
    uint32_t users = data->users.count;
    uint32_t(*rows)[TT_MAX_BAGS] = xcalloc((size_t)users + 1, sizeof *rows);
    tr_user *made = xcalloc((size_t)users + 1, sizeof *made);
    for (size_t i = 0; i < data->train.count; i++) {
        const interaction *row = &data->train.row[i];
        rows[row->user][row->label] +=
            data->users.as_of == INT64_MIN || row->at <= data->users.as_of;
    }
    for (uint32_t u = 0; u < users; u++) {
        float likes = (float)rows[u][TT_LIKED], dislikes = (float)rows[u][TT_DISLIKED];
        float decisions = likes + dislikes;
        made[u] = data->users.user[u];
        made[u].count[TT_NEUTRAL] = 0;
        made[u].number[TR_LIKE_RATIO] = decisions > 0 ? likes / decisions : NAN;
        made[u].number[TR_DISLIKE_RATIO] = decisions > 0 ? dislikes / decisions : NAN;
        made[u].number[TR_MEAN_STARS] = NAN;
        made[u].number[TR_REVIEW_COUNT] = decisions;
    }
    free(rows);
    return made;
}

int as_decisions_json(json_t **made, const model_file *model, const ranking_task *task,
                      const embedded *items, const tr_ranking *ours) {
    const dataset *data = task->data;
    tr_user *user = as_decisions(data);
    tr_ranking ranking = {0};
    embedded users;
    int status =
        embedded_users(&users, model, user, data->users.count, data->items.item, task->threads, 0);
    tr_ranking_input input = ranking_input(task, &users, items);
    if (!status)
        status = ranking_make(&ranking, &input);
    if (!status)
        status = ranking_changes(made, ours, &ranking, &input);
    if (!status) {
        json_object_set_new(*made, "metrics", ranking_json(&ranking, &input));
        json_object_set_new(*made, "intervals",
                            ranking_intervals(ranking.low, ranking.high, input.k));
    }
    tr_ranking_free(&ranking);
    embedded_free(&users);
    free(user);
    return status;
}

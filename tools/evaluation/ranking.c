/* SPDX-License-Identifier: MIT */
#include "evaluation/ranking.h"

#include "base/fail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const at_k_name[TR_AT_K] = {"recall",    "recall_capped", "map", "ndcg",
                                               "precision", "hit_rate",      "mrr"};

void ranking_task_make(ranking_task *task, const dataset *data, const interaction_list *negatives,
                       uint32_t k, uint32_t threads) {
    *task = (ranking_task){.data = data, .k = k, .threads = threads};
    interaction_lists(&task->train, &data->train, data->users.count, -1);
    interaction_lists(&task->liked, &data->val, data->users.count, TT_LIKED);
    interaction_lists(&task->disliked, &data->val, data->users.count, TT_DISLIKED);
    interaction_lists(&task->negatives, negatives, data->users.count, -1);
    task->popularity = xmalloc(((size_t)data->items.count + 1) * sizeof *task->popularity);
    for (uint32_t i = 0; i < data->items.count; i++)
        task->popularity[i] = (float)data->item_likes[i];
}

void ranking_task_free(ranking_task *task) {
    item_lists_free(&task->train);
    item_lists_free(&task->liked);
    item_lists_free(&task->disliked);
    item_lists_free(&task->negatives);
    free(task->popularity);
}

static tr_lists borrowed(const item_lists *lists) {
    return (tr_lists){lists->offset, lists->item};
}

tr_ranking_input ranking_input(const ranking_task *task, const embedded *users,
                               const embedded *items) {
    return (tr_ranking_input){.user_embedding = users ? users->vector : NULL,
                              .item_embedding = items ? items->vector : NULL,
                              .item_score = task->popularity,
                              .users = task->data->users.count,
                              .items = task->data->items.count,
                              .dim = items ? items->dim : 0,
                              .train = borrowed(&task->train),
                              .relevant = borrowed(&task->liked),
                              .disliked = borrowed(&task->disliked),
                              .negatives = borrowed(&task->negatives),
                              .item_likes = task->data->item_likes,
                              .k = task->k,
                              .k2 = task->k < RANKING_K2 ? task->k : RANKING_K2,
                              .threads = task->threads};
}

int ranking_make(tr_ranking *made, const tr_ranking_input *input) {
    progress_show("ranking", 0, 0);
    tr_status status = tr_rank(made, input);
    progress_end();
    if (status == TR_OK)
        return interrupted();
    *made = (tr_ranking){0};
    return fail(TW_IO, "ranking stopped: %s", tr_status_text(status));
}

static void set(json_t *to, const char *name, double value) {
    json_object_set_new(to, name, json_finite(value));
}

static void set_at(json_t *to, const char *name, uint32_t k, double value) {
    char full[48];
    snprintf(full, sizeof full, "%s@%u", name, k);
    set(to, full, value);
}

json_t *ranking_json(const tr_ranking *of, const tr_ranking_input *input) {
    json_t *metrics = json_object();
    for (int m = 0; m < TR_AT_K; m++)
        set_at(metrics, at_k_name[m], input->k, of->at_k[m]);
    for (int m = 0; m < TR_AT_K && input->k2 != input->k; m++)
        set_at(metrics, at_k_name[m], input->k2, of->at_k2[m]);
    set(metrics, "auc", of->auc_pooled);
    set(metrics, "auc_user_mean", of->auc_mean);
    set(metrics, "auc_explicit", of->auc_explicit_pooled);
    set(metrics, "auc_explicit_user_mean", of->auc_explicit_mean);
    set_at(metrics, "coverage", input->k, of->coverage);
    set_at(metrics, "gini", input->k, of->gini);
    set_at(metrics, "novelty", input->k, of->novelty);
    return metrics;
}

json_t *ranking_reachable(const tr_ranking *of, const tr_ranking_input *input) {
    json_t *made = json_object();
    double sum = 0;
    for (uint32_t n = 0; n < of->users; n++) {
        const uint32_t *offset = input->relevant.offset + of->counted[n];
        uint32_t likes = offset[1] - offset[0];
        sum += likes > input->k ? (double)input->k / likes : 1;
    }
    set_at(made, "recall", input->k, of->users ? sum / of->users : NAN);
    return made;
}

static json_t *interval(double low, double high) {
    json_t *pair = json_array();
    json_array_append_new(pair, json_finite(low));
    json_array_append_new(pair, json_finite(high));
    return pair;
}

json_t *ranking_intervals(const double *low, const double *high, uint32_t k) {
    json_t *intervals = json_object();
    for (int m = 0; m < TR_AT_K; m++) {
        char name[48];
        snprintf(name, sizeof name, "%s@%u", at_k_name[m], k);
        json_object_set_new(intervals, name, interval(low[m], high[m]));
    }
    return intervals;
}

static json_t *change_json(const tr_change *change) {
    json_t *made = json_object();
    json_object_set_new(made, "users", json_integer((json_int_t)change->users));
    set(made, "before", change->before);
    set(made, "after", change->after);
    set(made, "difference", change->difference);
    json_object_set_new(made, "interval", interval(change->low, change->high));
    set(made, "drop", change->drop);
    set(made, "drop_low", change->drop_low);
    return made;
}

const char *ranking_compared(char name[48], unsigned at, unsigned k) {
    static const int compared[] = {TR_RECALL, TR_MAP};
    if (at < 2)
        snprintf(name, 48, "%s@%u", at_k_name[compared[at]], k);
    return at < 2 ? name : at == 2 ? "auc_user_mean" : NULL;
}

int ranking_changes(json_t **made, const tr_ranking *before, const tr_ranking *after,
                    const tr_ranking_input *input) {
    const float *const values[][2] = {{before->per_user[TR_RECALL], after->per_user[TR_RECALL]},
                                      {before->per_user[TR_MAP], after->per_user[TR_MAP]},
                                      {before->user_auc, after->user_auc}};
    char room[48];
    const char *name;
    *made = json_object();
    for (unsigned i = 0; (name = ranking_compared(room, i, input->k)); i++) {
        tr_change change;
        tr_status status =
            tr_compare(&change, values[i][0], values[i][1], input->users, input->threads);
        if (status != TR_OK)
            return fail(TW_IO, "the comparison stopped: %s", tr_status_text(status));
        if (change.users || i < 2)
            json_object_set_new(*made, name, change_json(&change));
    }
    return 0;
}

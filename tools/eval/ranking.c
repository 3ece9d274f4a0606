/* SPDX-License-Identifier: MIT */
#include "eval/ranking.h"

#include "cli/fail.h"
#include "model/embedder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const at_k_name[TR_AT_K] = {"recall",    "recall_capped", "map", "ndcg",
                                               "precision", "hit_rate",      "mrr"};

/* [count][dim]; rows without an embedding are zero. */
static int embed_all(float **made, const model_file *model, const dataset *data, tt_tower tower) {
    embedder rows;
    size_t dim = tt_model_dim(&model->model);
    uint32_t count = tower == TT_ITEM ? data->items.count : data->users.count;
    int has, status = embedder_open(&rows, &model->model, tower, model->path);
    *made = need_zero((size_t)count * dim + 1, sizeof **made);
    for (uint32_t i = 0; i < count && !status; i++) {
        float *out = *made + i * dim;
        progress_show(tower == TT_ITEM ? "embedding videos" : "embedding users", i, count);
        status = i % 256 ? 0 : interrupted();
        if (!status)
            status = tower == TT_ITEM
                         ? embedder_item(&rows, &data->items.item[i], out, &has)
                         : embedder_user(&rows, &data->users.user[i], data->items.item, out, &has);
    }
    progress_end();
    embedder_close(&rows);
    return status;
}

static int rank(tr_ranking *made, const tr_ranking_input *input) {
    tr_status status = tr_rank(made, input);
    return status == TR_OK ? 0 : fail(TW_IO, "ranking stopped: %s", tr_status_text(status));
}

static tr_lists borrowed(const item_lists *lists) {
    return (tr_lists){lists->offset, lists->item};
}

int ranking_make(ranking *made, const model_file *model, const dataset *data,
                 const ranking_options *options) {
    item_lists train, liked, disliked, negatives;
    float *user = NULL, *item = NULL, *popularity;
    *made = (ranking){.k = options->k, .k2 = options->k < RANKING_K2 ? options->k : RANKING_K2};
    int status = embed_all(&user, model, data, TT_USER);
    if (!status)
        status = embed_all(&item, model, data, TT_ITEM);
    interaction_lists(&train, &data->train, data->users.count, -1);
    interaction_lists(&liked, &data->val, data->users.count, TT_LIKED);
    interaction_lists(&disliked, &data->val, data->users.count, TT_DISLIKED);
    interaction_lists(&negatives, options->negatives, data->users.count, -1);
    popularity = need(((size_t)data->items.count + 1) * sizeof *popularity);
    for (uint32_t i = 0; i < data->items.count; i++)
        popularity[i] = (float)data->item_likes[i];
    tr_ranking_input input = {.user_embedding = user,
                              .item_embedding = item,
                              .users = data->users.count,
                              .items = data->items.count,
                              .dim = tt_model_dim(&model->model),
                              .train = borrowed(&train),
                              .relevant = borrowed(&liked),
                              .disliked = borrowed(&disliked),
                              .negatives = borrowed(&negatives),
                              .item_likes = data->item_likes,
                              .k = made->k,
                              .k2 = made->k2,
                              .threads = options->threads};
    progress_show("ranking", 0, 0);
    if (!status)
        status = rank(&made->model, &input);
    input.user_embedding = NULL;
    input.item_score = popularity;
    if (!status)
        status = rank(&made->popularity, &input);
    progress_end();
    free(user);
    free(item);
    free(popularity);
    item_lists_free(&train);
    item_lists_free(&liked);
    item_lists_free(&disliked);
    item_lists_free(&negatives);
    return status;
}

void ranking_free(ranking *made) {
    tr_ranking_free(&made->model);
    tr_ranking_free(&made->popularity);
}

static void set(json_t *to, const char *name, double value) {
    json_object_set_new(to, name, json_finite(value));
}

static void set_at(json_t *to, const char *name, uint32_t k, double value) {
    char full[48];
    snprintf(full, sizeof full, "%s@%u", name, k);
    set(to, full, value);
}

json_t *ranking_json(const ranking *from, const tr_ranking *of) {
    json_t *metrics = json_object();
    for (int m = 0; m < TR_AT_K; m++)
        set_at(metrics, at_k_name[m], from->k, of->at_k[m]);
    for (int m = 0; m < TR_AT_K && from->k2 != from->k; m++)
        set_at(metrics, at_k_name[m], from->k2, of->at_k2[m]);
    set(metrics, "auc", of->auc_pooled);
    set(metrics, "auc_user_mean", of->auc_mean);
    set(metrics, "auc_explicit", of->auc_explicit_pooled);
    set(metrics, "auc_explicit_user_mean", of->auc_explicit_mean);
    set_at(metrics, "coverage", from->k, of->coverage);
    set_at(metrics, "gini", from->k, of->gini);
    set_at(metrics, "novelty", from->k, of->novelty);
    return metrics;
}

json_t *ranking_intervals(const ranking *from, const tr_ranking *of) {
    json_t *intervals = json_object();
    for (int m = 0; m < TR_AT_K; m++) {
        char name[48];
        json_t *interval = json_array();
        snprintf(name, sizeof name, "%s@%u", at_k_name[m], from->k);
        json_array_append_new(interval, json_finite(of->low[m]));
        json_array_append_new(interval, json_finite(of->high[m]));
        json_object_set_new(intervals, name, interval);
    }
    return intervals;
}

/* SPDX-License-Identifier: MIT */
#include "evaluation/cold.h"

#include "base/fail.h"
#include "catalogue/item_mask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct cold {
    unsigned char *mask; /* [items] */
    uint32_t *position;  /* [items] among the cold ones, in catalogue order */
    uint32_t count;
    interaction_list rows; /* items as positions */
    item_lists liked;
    float *vector;   /* [count][dim] */
    float *tags;     /* [count] */
    uint32_t *likes; /* [count] of train: 0 */
} cold;

static int read_items(cold *c, const dataset_paths *paths, const dataset *data, const char *path) {
    uint64_t unknown;
    int status = item_mask_read(&c->mask, path, paths->item_key, &data->items, &unknown);
    if (status)
        return status;
    if (unknown)
        warning("%s: %llu videos left out: they are not in the tables read beside it", path,
                (unsigned long long)unknown);
    c->position = xcalloc((size_t)data->items.count + 1, sizeof *c->position);
    for (uint32_t i = 0; i < data->items.count; i++) {
        c->position[i] = c->count;
        c->count += c->mask[i];
        if (c->mask[i] && data->item_reviews[i])
            return fail(TW_INPUT,
                        "%s: video %.*s is in %s too, so it is not cold; run twotower prep with "
                        "--cold-ratio or --cold and train on its tables",
                        path, (int)data->items.item[i].id.len, data->items.item[i].id.at,
                        paths->train);
    }
    return 0;
}

static int read_rows(cold *c, const dataset_paths *paths, const dataset *data, const char *path) {
    uint64_t unknown;
    size_t kept = 0;
    int status = interaction_read(&c->rows, path, paths->item_key, &data->users.by_id, &data->items,
                                  &unknown);
    for (size_t i = 0; i < c->rows.count; i++)
        if (c->mask[c->rows.row[i].item]) {
            c->rows.row[kept] = c->rows.row[i];
            c->rows.row[kept].item = c->position[c->rows.row[kept].item];
            kept++;
        }
    c->rows.count = kept;
    return status;
}

static int read(cold *c, const dataset_paths *paths, const dataset *data) {
    const char *val = paths->val, *slash = strrchr(val, '/');
    int folder = slash ? (int)(slash + 1 - val) : 0;
    char *items = xasprintf("%.*scold_items.parquet", folder, val);
    char *rows = xasprintf("%.*sinteractions_cold.parquet", folder, val);
    int status = read_items(c, paths, data, items);
    if (!status)
        status = read_rows(c, paths, data, rows);
    free(items);
    free(rows);
    return status;
}

static void gather(cold *c, const dataset *data, const embedded *items) {
    size_t dim = items->dim;
    c->vector = xmalloc((c->count * dim + 1) * sizeof *c->vector);
    c->tags = xmalloc(((size_t)c->count + 1) * sizeof *c->tags);
    c->likes = xcalloc((size_t)c->count + 1, sizeof *c->likes);
    for (uint32_t i = 0; i < data->items.count; i++)
        if (c->mask[i]) {
            memcpy(c->vector + c->position[i] * dim, items->vector + i * dim, dim * sizeof(float));
            c->tags[c->position[i]] = (float)data->items.item[i].field[TR_TAGS].count;
        }
    interaction_lists(&c->liked, &c->rows, data->users.count, TT_LIKED);
}

static int rank(json_t **made, const cold *c, const ranking_task *task, const embedded *users) {
    tr_ranking model = {0}, tags = {0};
    tr_ranking_input input = ranking_input(task, users, NULL);
    char recall[32];
    input.item_embedding = c->vector;
    input.item_score = c->tags;
    input.item_likes = c->likes;
    input.items = c->count;
    input.dim = users->dim;
    input.train = input.disliked = input.negatives = (tr_lists){NULL, NULL};
    input.relevant = (tr_lists){c->liked.offset, c->liked.item};
    int status = ranking_make(&model, &input);
    input.user_embedding = NULL;
    if (!status)
        status = ranking_make(&tags, &input);
    snprintf(recall, sizeof recall, "recall@%u", input.k);
    double random = c->count > input.k ? (double)input.k / c->count : c->count ? 1 : NAN;
    if (!status)
        *made =
            json_pack("{s:I, s:I, s:o, s:o, s:o, s:{s:o}}", "items", (json_int_t)c->count, "users",
                      (json_int_t)model.users, "metrics", ranking_json(&model, &input), "intervals",
                      ranking_intervals(model.low, model.high, input.k), "tag_count",
                      ranking_json(&tags, &input), "random", recall, json_finite(random));
    tr_ranking_free(&model);
    tr_ranking_free(&tags);
    return status;
}

int cold_json(json_t **made, const dataset_paths *paths, const ranking_task *task,
              const embedded *users, const embedded *items) {
    cold c = {0};
    int status = read(&c, paths, task->data);
    if (!status) {
        gather(&c, task->data, items);
        status = rank(made, &c, task, users);
    }
    free(c.mask);
    free(c.position);
    free(c.rows.row);
    item_lists_free(&c.liked);
    free(c.vector);
    free(c.tags);
    free(c.likes);
    return status;
}

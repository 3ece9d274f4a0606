/* SPDX-License-Identifier: MIT */
/* quality_lines PREP [THREADS]: what a model has to be compared with, on the tables
 * of a prep run: a random order, popularity, the teacher alone, and the default
 * training with its fp32 weights.  A line each: name, Recall@20, MAP@20. */
#include "catalogue/dataset.h"
#include "common/dataset.h"
#include "teacher/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENCODER = 64 << 20 };

typedef struct lines {
    dataset tables;
    item_lists val, train;
    tr_pair *pair;
    tr_data data;
    uint32_t threads;
} lines;

static void need_ok(int good, const char *what) {
    if (good)
        return;
    fprintf(stderr, "quality_lines: %s\n", what);
    exit(1);
}

static const char *table(const char *folder, const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s.parquet", folder, name);
    return path;
}

static void read_tables(lines *l, const char *folder) {
    dataset *d = &l->tables;
    uint64_t unknown;
    need_ok(!item_table_read(&d->items, table(folder, "item_features"), "video_id") &&
                !user_table_read(&d->users, table(folder, "user_features"), &d->items, &unknown) &&
                !interaction_read(&d->train, table(folder, "interactions_train"), "video_id",
                                  &d->users.by_id, &d->items, &unknown) &&
                !interaction_read(&d->val, table(folder, "interactions_val"), "video_id",
                                  &d->users.by_id, &d->items, &unknown),
            "the folder is not one of twotower prep");
    d->item_likes = calloc((size_t)d->items.count + 1, sizeof *d->item_likes);
    d->item_reviews = calloc((size_t)d->items.count + 1, sizeof *d->item_reviews);
    l->pair = malloc((d->train.count + 1) * sizeof *l->pair);
    need_ok(d->item_likes && d->item_reviews && l->pair, "no memory");
    for (size_t i = 0; i < d->train.count; i++) {
        const interaction *row = &d->train.row[i];
        d->item_likes[row->item] += row->label == TT_LIKED;
        d->item_reviews[row->item]++;
        l->pair[i] = (tr_pair){row->user, row->item, (uint32_t)row->label, row->weight};
    }
    interaction_lists(&l->val, &d->val, d->users.count, TT_LIKED);
    interaction_lists(&l->train, &d->train, d->users.count, -1);
    l->data = (tr_data){.item = d->items.item,
                        .items = d->items.count,
                        .user = d->users.user,
                        .users = d->users.count,
                        .item_likes = d->item_likes,
                        .item_reviews = d->item_reviews,
                        .pair = l->pair,
                        .pairs = (uint32_t)d->train.count};
}

static void print_line(const lines *l, const char *name, const float *user, const float *item,
                       const float *score, uint32_t dim) {
    tr_ranking ranking;
    tr_ranking_input input = {.user_embedding = user,
                              .item_embedding = item,
                              .item_score = score,
                              .users = l->data.users,
                              .items = l->data.items,
                              .dim = dim,
                              .train = {l->train.offset, l->train.item},
                              .relevant = {l->val.offset, l->val.item},
                              .k = 20,
                              .k2 = 20,
                              .threads = l->threads};
    need_ok(tr_rank(&ranking, &input) == TR_OK, "ranking failed");
    printf("%s\t%.4f\t%.4f\n", name, ranking.at_k[TR_RECALL], ranking.at_k[TR_MAP]);
    fflush(stdout);
    tr_ranking_free(&ranking);
}

static void by_score(const lines *l) {
    float *score = malloc(((size_t)l->data.items + 1) * sizeof *score);
    need_ok(score != NULL, "no memory");
    for (uint32_t i = 0; i < l->data.items; i++)
        score[i] = (float)(i * 2654435761u >> 8); /* an order that has nothing to do with taste */
    print_line(l, "random", NULL, NULL, score, 0);
    for (uint32_t i = 0; i < l->data.items; i++)
        score[i] = (float)l->data.item_likes[i];
    print_line(l, "popularity", NULL, NULL, score, 0);
    free(score);
}

static int go_on(void *context) {
    (void)context;
    return 0;
}

static void by_teacher(const lines *l, const tr_vocabulary *vocabulary) {
    tr_dataset set;
    tr_likes likes;
    tr_teacher teacher;
    tr_ials_options options = {0.0, 1, go_on, NULL};
    tr_pool *workers = tr_pool_create(l->threads);
    need_ok(workers && tr_dataset_build(&set, &l->data, vocabulary) == TR_OK &&
                tr_choose_l2(&options.l2, workers, &set, &options) == TR_OK &&
                tr_likes_build(&likes, &l->data, set.candidate_index, set.candidates) == TR_OK &&
                tr_ials(&teacher, workers, &likes, &options) == TR_OK,
            "the teacher failed");
    size_t row = TR_TEACHER_DIM * sizeof(float);
    float *item = calloc((size_t)l->data.items + 1, row);
    need_ok(item != NULL, "no memory");
    for (uint32_t i = 0; i < set.candidates; i++)
        memcpy(item + (size_t)set.candidate[i] * TR_TEACHER_DIM,
               teacher.item + (size_t)i * TR_TEACHER_DIM, row);
    print_line(l, "iALS (the teacher alone)", teacher.user, item, NULL, TR_TEACHER_DIM);
    free(item);
    tr_teacher_free(&teacher);
    tr_likes_free(&likes);
    tr_dataset_free(&set);
    tr_pool_free(workers);
}

static float *embed_all(const lines *l, const tr_model *model, const tr_vocabulary *vocabulary,
                        tt_tower tower, uint32_t dim) {
    uint32_t rows = tower == TT_USER ? l->data.users : l->data.items;
    float *out = calloc((size_t)rows * dim + 1, sizeof *out);
    void *memory = malloc(ENCODER);
    need_ok(out && memory, "no memory");
    for (uint32_t n = 0; n < rows; n++) {
        tt_features features;
        tt_features_begin(&features, &vocabulary->schema, tower, memory, ENCODER);
        need_ok((tower == TT_ITEM
                     ? tr_encode_item(&features, &l->data.item[n])
                     : tr_encode_user(&features, &l->data.user[n], l->data.item)) == TT_OK,
                "a row could not be encoded");
        if (!tr_embed(model, tower, &features, out + (size_t)n * dim))
            memset(out + (size_t)n * dim, 0, dim * sizeof *out);
    }
    free(memory);
    return out;
}

static void by_model(const lines *l, const tr_vocabulary *vocabulary) {
    tr_options options = tr_options_default();
    tr_model *model;
    options.threads = l->threads;
    need_ok(tr_train(&model, &l->data, vocabulary, &options, NULL, NULL) == TR_OK,
            "training failed");
    float *user = embed_all(l, model, vocabulary, TT_USER, options.dim);
    float *item = embed_all(l, model, vocabulary, TT_ITEM, options.dim);
    print_line(l, "seed 1, fp32 weights", user, item, NULL, options.dim);
    free(user);
    free(item);
    tr_model_free(model);
}

int main(int count, char **argument) {
    lines l = {.threads = count > 2 ? (uint32_t)strtoul(argument[2], NULL, 10) : 1};
    tr_vocabulary vocabulary;
    need_ok(count > 1, "usage: quality_lines PREP [THREADS]");
    read_tables(&l, argument[1]);
    need_ok(tr_vocabulary_build(&vocabulary, &l.data) == TR_OK, "no vocabulary");
    by_score(&l);
    by_teacher(&l, &vocabulary);
    by_model(&l, &vocabulary);
    tr_vocabulary_free(&vocabulary);
    item_lists_free(&l.val);
    item_lists_free(&l.train);
    free(l.pair);
    dataset_free(&l.tables);
    return 0;
}

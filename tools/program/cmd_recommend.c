/* SPDX-License-Identifier: MIT */
/* recommend: the best videos for some users, by exact dot products. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/dataset.h"
#include "catalogue/decisions.h"
#include "catalogue/embeddings.h"
#include "catalogue/popular.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "program/options_store.h"
#include "serving/model_file.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"artifacts-dir", OPTION_TEXT, "DIR", "ml/artifacts/latest", NULL, NULL,
     "run folder of the model"},
    {"db-url", OPTION_TEXT, "URL", NULL, NULL, NULL,
     "take videos, decisions and embeddings from this store (file:DIR, postgresql://...)"},
    DATASET_OPTIONS,
    {"user", OPTION_LIST, "ID", NULL, NULL, NULL,
     "a user; repeatable. Without embedding: what others liked of late, marked as such"},
    {"users", OPTION_COUNT, "N", "3", NULL, NULL, "without --user: that many, evenly chosen"},
    {"limit", OPTION_COUNT, "K", "10", NULL, NULL, "videos per user"},
    {"include-known", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "also videos that the user has reviewed, liked or disliked"},
    {0},
};

typedef struct recommending {
    const arguments *arguments;
    model_file model;
    dataset data; /* items, users, and in train what they have seen */
    embedding_table videos, users;
    item_lists known;    /* per user of data.users, item indices */
    uint32_t *video_row; /* item index -> row of videos, or UINT32_MAX */
    uint32_t *row_item;  /* row of videos -> item index */
    json_t *lists;
} recommending;

/* ---- What is ranked ------------------------------------------------------------------- */

static int read_store(recommending *r) {
    const arguments *a = r->arguments;
    dataset *data = &r->data;
    interaction_set decisions = {0};
    store *from;
    int64_t now = instant_now();
    int status = options_store_open(&from, a, "db-url");
    if (status)
        return status;
    status = item_table_load(&data->items, from);
    if (!status)
        status = interaction_set_read_decisions(&decisions, from, &data->items, now);
    if (!status) {
        user_list known = interaction_set_users(&decisions);
        user_table_build(&data->users, &known, &decisions.rows, &data->items, 500, now);
        data->train = decisions.rows;
        decisions.rows = (interaction_list){0};
        status = embedding_table_load(&r->videos, from, VIDEO_EMBEDDINGS, r->model.version);
    }
    if (!status)
        status = embedding_table_load(&r->users, from, USER_EMBEDDINGS, r->model.version);
    interaction_set_free(&decisions);
    store_close(from);
    return status;
}

static int read_run(recommending *r) {
    const char *folder = option_text(r->arguments, "artifacts-dir");
    char *videos = xasprintf("%s/video_embeddings.parquet", folder);
    char *users = xasprintf("%s/user_embeddings.parquet", folder);
    const dataset_paths paths = options_dataset(r->arguments);
    int status = dataset_read(&r->data, &paths);
    if (!status)
        status = embedding_table_read(&r->videos, videos, VIDEO_EMBEDDINGS, r->model.version);
    if (!status)
        status = embedding_table_read(&r->users, users, USER_EMBEDDINGS, r->model.version);
    free(videos);
    free(users);
    return status;
}

static int read_all(recommending *r) {
    const char *where = option_given(r->arguments, "db-url")
                            ? "the store"
                            : option_text(r->arguments, "artifacts-dir");
    int status = model_file_open_run(&r->model, option_text(r->arguments, "artifacts-dir"));
    if (!status)
        status = option_given(r->arguments, "db-url") ? read_store(r) : read_run(r);
    if (status)
        return status;
    const int falls_back = option_list_size(r->arguments, "user") > 0;
    if (!r->videos.count || (!r->users.count && !falls_back))
        return fail(TW_INPUT, "%s: no %s embeddings of model %s; run twotower embed %s first",
                    where, r->videos.count ? "user" : "video", r->model.version,
                    r->videos.count ? "users" : "videos");
    if (r->users.count && r->videos.dim != r->users.dim)
        return fail(TW_INPUT, "%s: videos have %u numbers and users %u; embed both with one model",
                    where, r->videos.dim, r->users.dim);
    interaction_lists(&r->known, &r->data.train, r->data.users.count, -1);
    r->video_row = xmalloc(((size_t)r->data.items.count + 1) * sizeof *r->video_row);
    r->row_item = xmalloc(((size_t)r->videos.count + 1) * sizeof *r->row_item);
    for (uint32_t i = 0; i < r->videos.count; i++)
        r->row_item[i] = UINT32_MAX;
    for (uint32_t i = 0; i < r->data.items.count; i++)
        if (!map_get(&r->videos.by_id, r->data.items.item[i].id, &r->video_row[i]))
            r->video_row[i] = UINT32_MAX;
        else
            r->row_item[r->video_row[i]] = i;
    return 0;
}

/* ---- One user -------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Rows of videos that are not recommended: what the user knows, and videos that
 * the catalogue no longer has. */
static size_t excluded_rows(const recommending *r, uint32_t user, uint32_t *rows) {
    size_t n = 0;
    for (uint32_t i = 0; i < r->videos.count; i++)
        if (r->row_item[i] == UINT32_MAX)
            rows[n++] = i;
    if (user != UINT32_MAX && !option_flag(r->arguments, "include-known"))
        for (uint32_t i = r->known.offset[user]; i < r->known.offset[user + 1]; i++)
            if (r->video_row[r->known.item[i]] != UINT32_MAX)
                rows[n++] = r->video_row[r->known.item[i]];
    if (n)
        qsort(rows, n, sizeof *rows, ascending);
    return n;
}

static json_t *video_json(const item_table *items, uint32_t item) {
    const tt_text id = items->item[item].id, title = items->extra[item].title;
    return json_pack("{s:s%, s:s%}", "video_id", id.at, id.len, "title", title.at, title.len);
}

static json_t *likes_json(const recommending *r, uint32_t user) {
    enum { SHOWN = 5 };
    json_t *liked = json_array();
    const tr_user *own = user == UINT32_MAX ? NULL : &r->data.users.user[user];
    for (uint32_t i = 0; own && i < own->count[TT_LIKED] && i < SHOWN; i++)
        json_array_append_new(liked, video_json(&r->data.items, own->history[TT_LIKED][i]));
    return liked;
}

static void recommend_to(recommending *r, uint32_t row) {
    uint32_t user = UINT32_MAX,
             *excluded = xmalloc(2 * ((size_t)r->videos.count + 1) * sizeof *excluded);
    size_t limit = option_count(r->arguments, "limit");
    tt_hit *hits = xmalloc((limit + 1) * sizeof *hits);
    const tt_rows all = {r->videos.vector, r->videos.count, r->videos.dim, TT_F32};
    json_t *recommended = json_array();
    (void)map_get(&r->data.users.by_id, r->users.id[row], &user);
    size_t excluded_count = excluded_rows(r, user, excluded);
    size_t n = tt_topk(tt_kernels_best(), &all, r->users.vector + (size_t)row * r->users.dim,
                       excluded, excluded_count, hits, limit);
    for (size_t i = 0; i < n; i++) {
        json_t *one = video_json(&r->data.items, r->row_item[hits[i].index]);
        json_object_set_new(one, "score", json_real((double)hits[i].score));
        json_array_append_new(recommended, one);
    }
    json_array_append_new(r->lists, json_pack("{s:s%, s:o, s:o}", "user_id", r->users.id[row].at,
                                              r->users.id[row].len, "liked", likes_json(r, user),
                                              "recommended", recommended));
    free(excluded);
    free(hits);
}

/* A user that the model knows nothing of gets what others liked of late. */
static void recommend_popular(recommending *r, tt_text id) {
    const dataset *data = &r->data;
    uint32_t user = UINT32_MAX, *order = xmalloc(((size_t)data->items.count + 1) * sizeof *order);
    double *score = xmalloc(((size_t)data->items.count + 1) * sizeof *score);
    unsigned char *known = xcalloc((size_t)data->items.count + 1, 1);
    uint64_t limit = option_count(r->arguments, "limit");
    json_t *recommended = json_array();
    (void)map_get(&data->users.by_id, id, &user);
    if (user != UINT32_MAX && !option_flag(r->arguments, "include-known"))
        for (uint32_t i = r->known.offset[user]; i < r->known.offset[user + 1]; i++)
            known[r->known.item[i]] = 1;
    popular_order(order, score, &data->items, &data->train);
    for (uint32_t i = 0; i < data->items.count && json_array_size(recommended) < limit; i++) {
        if (known[order[i]])
            continue;
        json_t *one = video_json(&data->items, order[i]);
        json_object_set_new(one, "score", json_real(score[order[i]]));
        json_array_append_new(recommended, one);
    }
    json_array_append_new(r->lists, json_pack("{s:s%, s:s, s:o, s:o}", "user_id", id.at, id.len,
                                              "fallback", "popular", "liked", likes_json(r, user),
                                              "recommended", recommended));
    free(order);
    free(score);
    free(known);
}

static int recommend(recommending *r) {
    const arguments *a = r->arguments;
    size_t named = option_list_size(a, "user");
    uint64_t wanted = option_count(a, "users");
    r->lists = json_array();
    for (size_t i = 0; i < named; i++) {
        tt_text id = {option_list(a, "user", i), strlen(option_list(a, "user", i))};
        uint32_t row;
        if (map_get(&r->users.by_id, id, &row))
            recommend_to(r, row);
        else
            recommend_popular(r, id);
    }
    if (wanted > r->users.count)
        wanted = r->users.count;
    for (uint64_t i = 0; !named && i < wanted; i++)
        recommend_to(r, (uint32_t)((2 * i + 1) * r->users.count / (2 * wanted)));
    return 0;
}

/* ---- Printing ---------------------------------------------------------------------------- */

static const char *label(const json_t *one) {
    const char *title = json_string_value(json_object_get(one, "title"));
    return title && *title ? title : json_string_value(json_object_get(one, "video_id"));
}

static void print_list(const json_t *list) {
    size_t i;
    const json_t *one, *liked = json_object_get(list, "liked");
    result_line("user %s%s", json_string_value(json_object_get(list, "user_id")),
                json_object_get(list, "fallback") ? ": no embedding, so what others liked of late"
                                                  : "");
    for (i = 0; i < json_array_size(liked); i++)
        result_line("  %s  %s", i ? "and    " : "likes  ", label(json_array_get(liked, i)));
    const json_t *recommended = json_object_get(list, "recommended");
    for (i = 0; i < json_array_size(recommended); i++) {
        one = json_array_get(recommended, i);
        result_line("  %4zu  %.3f  %s", i + 1, json_number_value(json_object_get(one, "score")),
                    label(one));
    }
}

static int report(recommending *r) {
    json_t *list;
    size_t i;
    if (json_wanted())
        return result_json(
            json_pack("{s:s, s:O}", "model_version", r->model.version, "users", r->lists));
    json_array_foreach(r->lists, i, list) print_list(list);
    return result_flush();
}

static int run(const arguments *a) {
    recommending r = {.arguments = a};
    int status = option_count(a, "limit") < 1 || option_count(a, "limit") > 10000
                     ? fail(TW_USAGE, "--limit takes 1 to 10000")
                     : read_all(&r);
    if (!status)
        status = recommend(&r);
    if (!status)
        status = report(&r);
    json_decref(r.lists);
    free(r.video_row);
    free(r.row_item);
    item_lists_free(&r.known);
    embedding_table_free(&r.videos);
    embedding_table_free(&r.users);
    dataset_free(&r.data);
    model_file_close(&r.model);
    return status;
}

const command command_recommend = {
    "recommend", "the best videos for some users, without what they know",
    NULL,        "twotower recommend --user 7d1f --limit 20",
    options,     run,
};

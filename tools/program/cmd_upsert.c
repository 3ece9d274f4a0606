/* SPDX-License-Identifier: MIT */
/* upsert: embeddings that a run or a sync wrote go into the store. */
#include "base/arena.h"
#include "base/fail.h"
#include "base/map.h"
#include "base/message.h"
#include "catalogue/dataset.h"
#include "catalogue/embeddings.h"
#include "format/parquet.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "program/options_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option options[] = {
    STORE_OPTIONS,
    {"artifacts-dir", OPTION_TEXT, "DIR", "ml/artifacts/latest", NULL, NULL,
     "folder of video_embeddings.parquet and user_embeddings.parquet"},
    {"include-users", OPTION_FLAG, NULL, NULL, NULL, NULL, "the users' embeddings too"},
    {"min-user-interactions", OPTION_COUNT, "N", "20", NULL, NULL,
     "only users with at least N likes in the store"},
    {"train", OPTION_TEXT, "FILE", DATASET_FOLDER "/interactions_train.parquet", NULL, NULL,
     "where likes are counted if the store has no decisions"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "check and count only, write nothing"},
    {0},
};

typedef struct upserting {
    const arguments *arguments;
    store *store;
    arena memory;
    map users; /* id -> index of likes */
    uint64_t *likes;
    size_t capacity;
    uint64_t written[2], few; /* per kind; users with too few likes */
    char version[64];
    int64_t now;
} upserting;

/* ---- The gate --------------------------------------------------------------------------- */

static char *path_in(const upserting *u, const char *name) {
    return xasprintf("%s/%s", option_text(u->arguments, "artifacts-dir"), name);
}

static int is_there(const upserting *u, const char *name) {
    char *path = path_in(u, name);
    int there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* A run goes into a store when eval has let it pass; a folder of a sync holds no model, and
 * nothing to judge. */
static int need_passed(const upserting *u) {
    const char *folder = option_text(u->arguments, "artifacts-dir");
    json_t *metrics = NULL;
    if (!is_there(u, "metrics.json") && !is_there(u, "two_tower_latest.onnx"))
        return 0;
    if (!is_there(u, "metrics.json"))
        return fail(TW_NEGATIVE, "%s: this run was not evaluated; twotower eval judges it", folder);
    char *path = path_in(u, "metrics.json");
    int status = json_read(&metrics, path);
    free(path);
    if (!status && !json_is_true(json_object_get(metrics, "threshold_passed")))
        status = fail(TW_NEGATIVE, "%s: this run did not meet the gate of twotower eval", folder);
    json_decref(metrics);
    return status;
}

/* ---- The likes of users -------------------------------------------------------------------- */

static void count_like(upserting *u, tt_text id, int like) {
    uint32_t at;
    if (!map_get(&u->users, id, &at)) {
        at = (uint32_t)u->users.used;
        u->likes = xgrow(u->likes, at, &u->capacity, sizeof *u->likes);
        u->likes[at] = 0;
        (void)map_put(&u->users, arena_text(&u->memory, id), at);
    }
    u->likes[at] += like != 0;
}

static int count_decision(void *context, const decision *row) {
    count_like(context, row->user_id, row->type == DECISION_LIKE);
    return 0;
}

static int count_train(upserting *u) {
    parquet_reader *file;
    int user, label, more = 1, status = parquet_open(&file, option_text(u->arguments, "train"));
    if (status)
        return status;
    status = parquet_need(file, "user_id", PARQUET_STRING, 0, &user);
    if (!status)
        status = parquet_need(file, "label", PARQUET_DOUBLE, 0, &label);
    while (!status && !(status = parquet_next(file, &more)) && more)
        count_like(u, parquet_text(file, user), parquet_number(file, label) == 1);
    parquet_close(file);
    return status;
}

static int count_likes(upserting *u) {
    if (!option_count(u->arguments, "min-user-interactions"))
        return 0;
    int status = u->store->operations->decisions(u->store, count_decision, u);
    return status || u->users.used ? status : count_train(u);
}

/* ---- The rows -------------------------------------------------------------------------------- */

typedef struct reading {
    upserting *to;
    embedding_kind kind;
    const char *path;
    int begun;
} reading;

static int begin(reading *from, const embedding_row *row) {
    upserting *u = from->to;
    if (row->model_version.len >= sizeof u->version)
        return fail(TW_INPUT, "%s: a model version has less than 64 bytes", from->path);
    if (!*u->version)
        memcpy(u->version, row->model_version.at, row->model_version.len);
    from->begun = 1;
    return u->store->operations->upsert_begin(u->store, from->kind, row->dim);
}

static int take(void *context, const embedding_row *row) {
    reading *from = context;
    upserting *u = from->to;
    uint32_t at;
    int status = from->begun ? 0 : begin(from, row);
    if (!status && u->written[from->kind] % 1024 == 0)
        status = interrupted();
    if (status)
        return status;
    if (row->model_version.len != strlen(u->version) ||
        memcmp(row->model_version.at, u->version, row->model_version.len) != 0)
        return fail(TW_INPUT,
                    "%s: embeddings of one model version are expected, not of %s and %.*s",
                    from->path, u->version, (int)row->model_version.len, row->model_version.at);
    uint64_t least = option_count(u->arguments, "min-user-interactions");
    if (from->kind == USER_EMBEDDINGS && least &&
        (!map_get(&u->users, row->id, &at) || u->likes[at] < least)) {
        u->few++;
        return 0;
    }
    embedding_row one = *row;
    one.updated_at = u->now;
    progress_show("reading embeddings", ++u->written[from->kind], 0);
    return u->store->operations->upsert_put(u->store, &one);
}

static int upsert_kind(upserting *u, embedding_kind kind) {
    char *path = path_in(u, kind == USER_EMBEDDINGS ? "user_embeddings.parquet"
                                                    : "video_embeddings.parquet");
    reading from = {u, kind, path, 0};
    int status = embedding_read(path, kind, take, &from);
    progress_end();
    if (!status && from.begun && !option_flag(u->arguments, "dry-run"))
        status = u->store->operations->upsert_commit(u->store);
    else if (from.begun)
        u->store->operations->upsert_abandon(u->store);
    free(path);
    return status;
}

/* Videos before users: a user's vector is of use beside those of its own model only. A folder of
 * embed users holds no videos. */
static int upsert_all(upserting *u) {
    int users = option_flag(u->arguments, "include-users"), status = 0;
    if (!users || is_there(u, "video_embeddings.parquet"))
        status = upsert_kind(u, VIDEO_EMBEDDINGS);
    if (!status && users)
        status = count_likes(u);
    if (!status && users)
        status = upsert_kind(u, USER_EMBEDDINGS);
    return status;
}

static int report(const upserting *u) {
    int dry = option_flag(u->arguments, "dry-run");
    if (json_wanted())
        return result_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:b}", "store", u->store->url,
                                     "model_version", u->version, "videos",
                                     (json_int_t)u->written[VIDEO_EMBEDDINGS], "users",
                                     (json_int_t)u->written[USER_EMBEDDINGS],
                                     "users_with_few_likes", (json_int_t)u->few, "dry_run", dry));
    result_line("%s%llu videos and %llu users of model %s into %s", dry ? "would be written: " : "",
                (unsigned long long)u->written[VIDEO_EMBEDDINGS],
                (unsigned long long)u->written[USER_EMBEDDINGS], u->version, u->store->url);
    if (u->few)
        result_line("%llu users have fewer than %llu likes and are left out",
                    (unsigned long long)u->few,
                    (unsigned long long)option_count(u->arguments, "min-user-interactions"));
    return result_flush();
}

static int run(const arguments *a) {
    upserting u = {.arguments = a, .now = instant_now()};
    int status = need_passed(&u);
    if (!status)
        status = options_store_open(&u.store, a, "db-url");
    if (!status)
        status = upsert_all(&u);
    if (!status)
        status = report(&u);
    store_close(u.store);
    map_free(&u.users);
    arena_free(&u.memory);
    free(u.likes);
    return status;
}

const command command_upsert = {
    "upsert",
    "embeddings of a run or a sync go into the store",
    NULL,
    "twotower upsert --db-url env:DATABASE_URL --artifacts-dir ml/artifacts/latest --include-users",
    options,
    run,
};

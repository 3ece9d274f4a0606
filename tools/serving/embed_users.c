/* SPDX-License-Identifier: MIT */
#include "serving/embed_users.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/decisions.h"
#include "catalogue/users.h"

#include <stdlib.h>
#include <string.h>

typedef struct embedding {
    const embed_users_settings *settings;
    live live;
    item_table items;
    interaction_set decisions;
    user_table users;
    uint32_t *likes; /* [users] */
    int64_t *newest; /* [users] time of the last decision that counts */
    int64_t as_of;
    uint64_t enough;
} embedding;

static int read_users(embedding *e) {
    const embed_users_settings *asked = e->settings;
    store *from = e->live.store;
    e->as_of = asked->as_of != INT64_MIN ? asked->as_of : e->live.now;
    e->live.of = e->as_of < e->live.now ? e->as_of : e->live.now;
    int status = item_table_load(&e->items, from);
    if (!status)
        status = interaction_set_read_decisions(&e->decisions, from, &e->items, e->as_of);
    if (status)
        return status;
    user_list known = interaction_set_users(&e->decisions);
    user_table_build(&e->users, &known, &e->decisions.rows, &e->items, asked->max_history,
                     e->as_of);
    e->likes = xcalloc((size_t)e->users.count + 1, sizeof *e->likes);
    e->newest = xcalloc((size_t)e->users.count + 1, sizeof *e->newest);
    for (uint32_t u = 0; u < e->users.count; u++)
        e->newest[u] = INT64_MIN;
    for (size_t i = 0; i < e->decisions.rows.count; i++) {
        const interaction *row = &e->decisions.rows.row[i];
        e->likes[row->user] += row->label == TT_LIKED;
        if (row->at > e->newest[row->user])
            e->newest[row->user] = row->at;
    }
    return 0;
}

/* Has the user liked enough, and done something lately? */
static int is_wanted(const embedding *e, uint32_t user) {
    const uint64_t hours = e->settings->recent_hours;
    return e->likes[user] >= e->settings->min_interactions &&
           (!hours || e->newest[user] >= e->as_of - (int64_t)hours * 3600);
}

static int embed_all(embedding *e) {
    const uint64_t limit = e->settings->limit;
    int made, status = live_begin(&e->live, e->settings->output_dir);
    for (uint32_t u = 0; u < e->users.count && !status; u++) {
        progress_show("embedding users", u, e->users.count);
        if (!is_wanted(e, u) || (limit && e->enough == limit))
            continue;
        e->enough++;
        status = e->enough % 64 ? 0 : interrupted();
        if (!status)
            status = embedder_user(&e->live.rows, &e->users.user[u], e->items.item, e->live.vector,
                                   &made);
        if (!status && made)
            status = live_put(&e->live, e->users.id[u]);
    }
    progress_end();
    return status;
}

static json_t *summary(const embedding *e) {
    char as_of[21];
    json_t *document = live_summary(&e->live);
    instant_format(as_of, e->as_of);
    json_object_set_new(document, "as_of", json_string(as_of));
    json_object_set_new(document, "decisions", json_integer((json_int_t)e->decisions.read));
    json_object_set_new(document, "users", json_integer((json_int_t)e->users.count));
    json_object_set_new(document, "users_with_enough_likes", json_integer((json_int_t)e->enough));
    json_object_set_new(document, "users_without_embedding",
                        json_integer((json_int_t)(e->users.count - e->live.written)));
    json_object_set_new(document, "unknown_videos",
                        json_integer((json_int_t)e->decisions.unknown_items));
    return document;
}

static int write_all(embedding *e, json_t *document) {
    const char *folder = e->settings->output_dir;
    char *path = xasprintf("%s/summary.json", folder);
    int status = live_commit(&e->live);
    if (!status)
        status = live_copy_meta(&e->live, folder);
    if (!status)
        status = json_write(json_incref(document), path);
    free(path);
    return status ? status : live_upsert(&e->live);
}

static int embed(embedding *e, embed_users_result *result) {
    int status = read_users(e);
    if (!status)
        status = embed_all(e);
    if (status)
        return status;
    memcpy(result->model_version, e->live.model.version, sizeof result->model_version);
    result->users = e->users.count;
    result->embedded = e->live.written;
    result->unknown = e->live.rows.unknown_rows;
    result->summary = summary(e);
    if (e->settings->live.dry)
        return 0;
    status = write_all(e, result->summary);
    result->upserted = !status && !e->settings->live.skip_upsert;
    return status;
}

embed_users_settings embed_users_settings_default(void) {
    return (embed_users_settings){.output_dir = "ml/artifacts/live",
                                  .min_interactions = 1,
                                  .max_history = 500,
                                  .as_of = INT64_MIN};
}

int embed_users_run(const embed_users_settings *settings, embed_users_result *result) {
    embedding e = {.settings = settings};
    *result = (embed_users_result){.users = 0};
    int status = live_open(&e.live, &settings->live, USER_EMBEDDINGS);
    if (!status)
        status = embed(&e, result);
    live_close(&e.live);
    free(e.likes);
    free(e.newest);
    user_table_free(&e.users);
    interaction_set_free(&e.decisions);
    item_table_free(&e.items);
    return status;
}

void embed_users_result_free(embed_users_result *result) {
    json_decref(result->summary);
    *result = (embed_users_result){.users = 0};
}

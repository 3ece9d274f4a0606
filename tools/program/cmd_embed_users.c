/* SPDX-License-Identifier: MIT */
/* embed users: the users of the store, from their decisions. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/decisions.h"
#include "catalogue/users.h"
#include "program/commands.h"
#include "program/options_live.h"

#include <stdlib.h>

static const option options[] = {
    LIVE_OPTIONS,
    {"min-interactions", OPTION_COUNT, "N", "20", NULL, NULL, "only users with at least N likes"},
    {"limit-users", OPTION_COUNT, "N", "0", NULL, NULL, "at most N users; 0: all"},
    {"max-history", OPTION_COUNT, "N", "500", NULL, NULL, "newest videos kept per list of a user"},
    {"recent-hours", OPTION_COUNT, "H", "0", NULL, NULL,
     "only users with a like or dislike in the last H hours; 0: all"},
    {"as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL, "decisions until then; default: now"},
    {0},
};

typedef struct embedding {
    const arguments *arguments;
    live live;
    item_table items;
    observed decisions;
    user_table users;
    uint32_t *likes; /* [users] */
    int64_t *newest; /* [users] time of the last decision that counts */
    int64_t as_of;
    uint64_t enough;
} embedding;

static int read_users(embedding *e) {
    const arguments *a = e->arguments;
    store *from = e->live.store;
    e->as_of = option_given(a, "as-of") ? option_instant(a, "as-of") : e->live.now;
    int status = item_table_load(&e->items, from);
    if (!status)
        status = observe_decisions(&e->decisions, from, &e->items, e->as_of);
    if (status)
        return status;
    user_list known = observe_users(&e->decisions);
    user_table_build(&e->users, &known, &e->decisions.rows, &e->items,
                     (uint32_t)option_count(a, "max-history"), e->as_of);
    e->likes = need_zero((size_t)e->users.count + 1, sizeof *e->likes);
    e->newest = need_zero((size_t)e->users.count + 1, sizeof *e->newest);
    for (uint32_t u = 0; u < e->users.count; u++)
        e->newest[u] = INT64_MIN;
    for (size_t i = 0; i < e->decisions.rows.count; i++) {
        const interaction *row = &e->decisions.rows.row[i];
        e->likes[row->user] += row->taste == TT_LIKED;
        if (row->at > e->newest[row->user])
            e->newest[row->user] = row->at;
    }
    return 0;
}

/* Has the user liked enough, and done something lately? */
static int is_wanted(const embedding *e, uint32_t user) {
    const arguments *a = e->arguments;
    uint64_t hours = option_count(a, "recent-hours");
    return e->likes[user] >= option_count(a, "min-interactions") &&
           (!hours || e->newest[user] >= e->as_of - (int64_t)hours * 3600);
}

static int embed_all(embedding *e) {
    const arguments *a = e->arguments;
    uint64_t limit = option_count(a, "limit-users");
    int made, status = live_begin(&e->live, option_text(a, "output-dir"));
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

static int write_all(embedding *e) {
    const char *folder = option_text(e->arguments, "output-dir");
    int status = embed_all(e);
    if (status || e->live.settings.dry)
        return status;
    status = live_commit(&e->live);
    if (!status)
        status = live_copy_meta(&e->live, folder);
    if (!status) {
        char *path = need_format("%s/summary.json", folder);
        status = json_write(summary(e), path);
        free(path);
    }
    return status ? status : live_upsert(&e->live);
}

static int report(const embedding *e) {
    const arguments *a = e->arguments;
    if (result_given(summary(e)))
        return result_flush();
    if (!e->users.count)
        result_line("no user has decided anything by then: nothing to embed");
    else
        result_line("%llu of %u users embedded by model %s (at least %llu likes)",
                    (unsigned long long)e->live.written, e->users.count, e->live.model.version,
                    (unsigned long long)option_count(a, "min-interactions"));
    if (e->live.written < e->users.count)
        result_line("%llu without: twotower recommend shows them what others liked of late",
                    (unsigned long long)(e->users.count - e->live.written));
    if (!option_flag(a, "dry-run"))
        result_line("embeddings in %s", option_text(a, "output-dir"));
    return result_flush();
}

static int run(const arguments *a) {
    const live_settings settings = options_live(a);
    embedding e = {.arguments = a};
    int status = option_count(a, "max-history") > 1000000
                     ? fail(TW_USAGE, "--max-history takes at most 1000000")
                 : option_count(a, "recent-hours") > 1000000
                     ? fail(TW_USAGE, "--recent-hours takes at most 1000000")
                     : live_open(&e.live, &settings, USER_EMBEDDINGS);
    if (!status)
        status = read_users(&e);
    if (!status)
        status = write_all(&e);
    if (!status)
        status = report(&e);
    live_close(&e.live);
    free(e.likes);
    free(e.newest);
    user_table_free(&e.users);
    observe_free(&e.decisions);
    item_table_free(&e.items);
    return status;
}

const command command_embed_users = {
    "embed users", "embed the store's users from their decisions",
    NULL,          "twotower embed users --db-url file:catalogue --min-interactions 5",
    options,       run,
};

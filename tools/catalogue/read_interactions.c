/* SPDX-License-Identifier: MIT */
#include "catalogue/read_interactions.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/content_id.h"
#include "format/id.h"
#include "format/sha256.h"
#include "format/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* By which content id a video goes, where it has one. */
static void name_content(interaction_set *all, const item_extra *extra, uint32_t item) {
    char *found = extra->external_id.len ? NULL : content_id(extra->product_url);
    tt_text id = extra->external_id;
    uint32_t taken;
    if (found)
        id = arena_text(&all->_memory, (tt_text){found, strlen(found)});
    if (id.len && !map_get(&all->_contents, id, &taken))
        map_put(&all->_contents, id, item);
    free(found);
}

void interaction_set_begin(interaction_set *all, const item_table *items) {
    *all = (interaction_set){._tomorrow = instant_now() + 86400};
    for (uint32_t i = 0; i < items->count; i++) {
        uint32_t taken;
        tt_text url = items->extra[i].product_url;
        if (url.len && !map_get(&all->_urls, url, &taken))
            map_put(&all->_urls, url, i);
        name_content(all, &items->extra[i], i);
    }
}

int interaction_set_item(const interaction_set *all, const item_table *items, tt_text name,
                         uint32_t *item) {
    if (map_get(&all->_urls, name, item) || map_get(&items->by_id, name, item))
        return 1;
    char *id = content_id(name);
    int found = id && map_get(&all->_contents, (tt_text){id, strlen(id)}, item);
    free(id);
    return found;
}

/* What stands for a user's id; `hex` holds it where it is a hash. */
static tt_text known_as(const interaction_set *all, tt_text id, char hex[SHA256_HEX]) {
    if (!all->user_key)
        return id;
    sha256_keyed(all->user_key, strlen(all->user_key), id.at, id.len, hex);
    return (tt_text){hex, SHA256_HEX - 1};
}

int interaction_set_user(const interaction_set *all, tt_text id, uint32_t *user) {
    char hex[SHA256_HEX];
    id = known_as(all, id, hex);
    return map_get(&all->_users, id, user);
}

user_list interaction_set_users(const interaction_set *all) {
    return (user_list){all->users, all->user_id, all->since};
}

static uint32_t user_index(interaction_set *all, tt_text id) {
    uint32_t user;
    if (map_get(&all->_users, id, &user))
        return user;
    all->user_id = xgrow(all->user_id, all->users, &all->_user_capacity, sizeof *all->user_id);
    all->since = xgrow(all->since, all->users, &all->_since_capacity, sizeof *all->since);
    all->since[all->users] = INT64_MIN;
    all->user_id[all->users] = arena_text(&all->_memory, id);
    map_put(&all->_users, all->user_id[all->users], all->users);
    return all->users++;
}

static void keep_unknown(interaction_set *all, tt_text name) {
    uint32_t at;
    if (name.len < 8 || strncmp(name.at, "http", 4) != 0 || map_get(&all->_unknown, name, &at))
        return;
    all->unknown =
        xgrow(all->unknown, all->unknowns, &all->_unknown_capacity, sizeof *all->unknown);
    all->unknown[all->unknowns] = arena_text(&all->_memory, name);
    (void)map_put(&all->_unknown, all->unknown[all->unknowns], all->unknowns);
    all->unknowns++;
}

void interaction_set_add(interaction_set *all, const item_table *items, tt_text user, tt_text item,
                         const interaction *row, int decided) {
    interaction one = *row;
    if (!interaction_set_item(all, items, item, &one.item)) {
        char *id = content_id(item);
        all->without_content_id += !id;
        free(id);
        if (!all->unknown_items++)
            all->unknown_example = arena_text(&all->_memory, item);
        if (all->keep_unknown)
            keep_unknown(all, item);
        return;
    }
    char hex[SHA256_HEX];
    if (one.at > all->_tomorrow) {
        all->future++;
        one.at = INT64_MIN;
    }
    one.user = user_index(all, known_as(all, user, hex));
    all->_decided = xgrow(all->_decided, all->rows.count, &all->_decided_capacity, 1);
    all->_decided[all->rows.count] = (unsigned char)decided;
    interaction_add(&all->rows, &one);
}

/* ---- One file ---------------------------------------------------------------------- */

typedef struct review_columns {
    int user, item, at, stars, label, decision; /* -1: absent */
} review_columns;

/* The first of the names that the file has, or -1. */
static int find_first(table *file, const char *const *names, int *at) {
    int status = 0;
    *at = -1;
    for (; *names && *at < 0 && !status; names++)
        status = table_find(file, *names, at);
    return status;
}

static int find_columns(table *file, interaction_mode mode, review_columns *at) {
    static const char *const users[] = {"reviewer_id", "user_id", NULL};
    static const char *const items[] = {"product_url", "video_id", "item_id", NULL};
    static const char *const times[] = {"reviewed_at", "created_at", "at",   "timestamp",
                                        "ts",          "time",       "date", NULL};
    static const char *const decisions[] = {"decision", "decision_type", NULL};
    *at = (review_columns){-1, -1, -1, -1, -1, -1};
    int status = find_first(file, users, &at->user), found;
    if (!status)
        status = find_first(file, items, &at->item);
    if (!status)
        status = find_first(file, times, &at->at);
    if (!status && mode == INTERACTION_EXPLICIT)
        status = find_first(file, decisions, &at->decision);
    if (!status && at->user < 0)
        status = table_need(file, users[0], &found);
    if (!status && at->item < 0)
        status = table_need(file, items[0], &found);
    if (!status && mode == INTERACTION_REVIEWS)
        status = table_need(file, "stars", &at->stars);
    if (!status && mode == INTERACTION_EXPLICIT && at->decision < 0)
        status = table_need(file, "label", &at->label);
    return status;
}

static int text_is(tt_text text, const char *word) {
    return text.len == strlen(word) && !strncasecmp(text.at, word, text.len);
}

/* *skip is set for SKIP: a decision that says nothing. */
static int explicit_label(const table *file, const review_columns *at, interaction *row,
                          int *skip) {
    if (at->decision < 0) {
        tt_text label = table_text(file, at->label);
        if (!text_is(label, "0") && !text_is(label, "1"))
            return table_refuse(file, at->label, "0 or 1 is expected");
        row->label = label.at[0] == '1' ? TT_LIKED : TT_DISLIKED;
        return 0;
    }
    tt_text word = table_text(file, at->decision);
    *skip = text_is(word, "skip");
    if (text_is(word, "like"))
        row->label = TT_LIKED;
    else if (text_is(word, "dislike") || text_is(word, "nope"))
        row->label = TT_DISLIKED;
    else if (!*skip)
        return table_refuse(file, at->decision, "LIKE, DISLIKE, NOPE or SKIP is expected");
    return 0;
}

static int stars_label(const table *file, int at, const interaction_options *options,
                       interaction *row) {
    double stars;
    int status = table_number(file, at, &stars);
    if (status)
        return status;
    if (stars < 0 || stars > 5)
        return table_refuse(file, at, "stars from 0 to 5 are expected");
    row->stars = (float)stars;
    row->label = stars >= options->min_stars            ? TT_LIKED
                 : stars <= options->max_negative_stars ? TT_DISLIKED
                                                        : TT_NEUTRAL;
    if (options->weight_by_stars)
        row->weight = (float)(stars / 5);
    return 0;
}

static int read_row(interaction_set *all, const table *file, const review_columns *at,
                    interaction_mode mode, int decided, const interaction_options *options,
                    const item_table *items) {
    interaction row = {.stars = NAN, .weight = 1, .at = INT64_MIN};
    int skip = 0, status;
    all->read++;
    tt_text user, item;
    int no_user, no_item;
    status = table_id(file, at->user, &user, &no_user);
    if (!status)
        status = table_id(file, at->item, &item, &no_item);
    if (status)
        return status;
    if (no_user || no_item) {
        all->without_id++;
        return 0;
    }
    status = mode == INTERACTION_REVIEWS ? stars_label(file, at->stars, options, &row)
                                         : explicit_label(file, at, &row, &skip);
    if (!status && at->at >= 0 && !id_missing(table_text(file, at->at)))
        status = table_instant(file, at->at, &row.at);
    if (status)
        return status;
    if (skip) {
        all->skipped++;
        return 0;
    }
    interaction_set_add(all, items, user, item, &row, decided);
    return 0;
}

int interaction_set_read(interaction_set *all, const char *path, interaction_mode mode, int decided,
                         const interaction_options *options, const item_table *items) {
    table *file;
    int status = table_open(&file, path), row = 1;
    if (status)
        return status;
    review_columns at;
    status = find_columns(file, mode, &at);
    while (!status && !(status = table_next(file, &row)) && row)
        status = read_row(all, file, &at, mode, decided, options, items);
    table_close(file);
    return status;
}

/* ---- One row per user and video -------------------------------------------------------- */

typedef struct ranked {
    uint32_t user, item, seq;
    unsigned char decided;
    int64_t at;
} ranked;

static int pair_then_best(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    if (x->item != y->item)
        return x->item < y->item ? -1 : 1;
    if (x->decided != y->decided)
        return x->decided ? -1 : 1;
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return x->seq > y->seq ? -1 : 1;
}

void interaction_set_finish(interaction_set *all) {
    size_t n = all->rows.count, kept = 0;
    ranked *order = xmalloc((n + 1) * sizeof *order);
    unsigned char *keep = xcalloc(n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        const interaction *row = &all->rows.row[i];
        order[i] = (ranked){row->user, row->item, (uint32_t)i, all->_decided[i], row->at};
    }
    qsort(order, n, sizeof *order, pair_then_best);
    for (size_t i = 0; i < n; i++)
        keep[order[i].seq] =
            !i || order[i].user != order[i - 1].user || order[i].item != order[i - 1].item;
    for (size_t i = 0; i < n; i++)
        if (keep[i])
            all->rows.row[kept++] = all->rows.row[i];
    all->duplicates = n - kept;
    all->rows.count = kept;
    free(order);
    free(keep);
}

void interaction_set_free(interaction_set *all) {
    free(all->rows.row);
    free(all->user_id);
    free(all->since);
    free(all->_decided);
    map_free(&all->_users);
    map_free(&all->_urls);
    map_free(&all->_contents);
    map_free(&all->_unknown);
    free(all->unknown);
    arena_free(&all->_memory);
    *all = (interaction_set){0};
}

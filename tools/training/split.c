/* SPDX-License-Identifier: MIT */
#include "training/split.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Which users may have validation rows. */
static unsigned char *splittable_users(const interaction_set *all) {
    uint32_t *likes = xcalloc((size_t)all->users + 1, sizeof *likes);
    unsigned char *may = xcalloc((size_t)all->users + 1, 1);
    for (size_t i = 0; i < all->rows.count; i++)
        likes[all->rows.row[i].user] += all->rows.row[i].label == TT_LIKED;
    for (uint32_t u = 0; u < all->users; u++)
        may[u] = likes[u] >= SPLIT_MIN_LIKES;
    free(likes);
    return may;
}

static void take(split *parts, const interaction *row, int val) {
    interaction_add(val ? &parts->val : &parts->train, row);
}

void split_by_hash(split *parts, const interaction_set *all, const item_table *items,
                   double val_ratio, uint32_t seed) {
    unsigned char *may = splittable_users(all);
    double below = val_ratio * 4294967296.0;
    for (size_t i = 0; i < all->rows.count; i++) {
        const interaction *row = &all->rows.row[i];
        tt_text user = all->user_id[row->user], item = items->item[row->item].id;
        uint32_t hash = (uint32_t)(tt_hash(seed, user, item) >> 32);
        take(parts, row, may[row->user] && (double)hash < below);
    }
    free(may);
}

/* Can the rows be ordered at all? */
static int need_times(const interaction_set *all) {
    int64_t least = INT64_MAX, most = INT64_MIN;
    size_t timed = 0;
    for (size_t i = 0; i < all->rows.count; i++) {
        int64_t at = all->rows.row[i].at;
        if (at == INT64_MIN)
            continue;
        timed++;
        least = at < least ? at : least;
        most = at > most ? at : most;
    }
    if (!timed || (least == most && timed > 1))
        return fail(TW_INPUT,
                    "--split time: %s; give the input a column reviewed_at, created_at, at, "
                    "timestamp, ts, time or date, or take --split hash",
                    timed ? "all rows have the same time" : "no row has a time");
    if (timed < all->rows.count)
        warning("--split time: %zu of %zu rows have no time; they stay in train",
                all->rows.count - timed, all->rows.count);
    return 0;
}

int split_by_time(split *parts, const interaction_set *all, double val_ratio) {
    int status = need_times(all);
    if (status)
        return status;
    unsigned char *may = splittable_users(all), *val = xcalloc(all->rows.count + 1, 1);
    const interaction **row = xmalloc((all->rows.count + 1) * sizeof *row);
    for (size_t i = 0; i < all->rows.count; i++)
        row[i] = &all->rows.row[i];
    qsort(row, all->rows.count, sizeof *row, interaction_newest_first);
    for (size_t first = 0, end; first < all->rows.count; first = end) {
        for (end = first; end < all->rows.count && row[end]->user == row[first]->user;)
            end++;
        size_t held = may[row[first]->user] ? (size_t)((double)(end - first) * val_ratio + .5) : 0;
        for (size_t i = first; i < first + held && row[i]->at != INT64_MIN; i++)
            val[row[i] - all->rows.row] = 1;
    }
    for (size_t i = 0; i < all->rows.count; i++)
        take(parts, &all->rows.row[i], val[i]);
    free(row);
    free(val);
    free(may);
    return 0;
}

/* ---- A given file ------------------------------------------------------------------------ */

typedef struct pair {
    uint32_t user, item;
} pair;

static int by_pair(const void *a, const void *b) {
    const pair *x = a, *y = b;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static int find_first(table *file, const char *const *names, int *at) {
    int status = 0;
    *at = -1;
    for (; *names && *at < 0 && !status; names++)
        status = table_find(file, *names, at);
    return status;
}

static int read_pairs(const interaction_set *all, const item_table *items, table *file,
                      pair **pairs, size_t *count, uint64_t *unknown) {
    static const char *const users[] = {"reviewer_id", "user_id", NULL};
    static const char *const ids[] = {"video_id", "item_id", "product_url", NULL};
    int user, item, row = 1;
    size_t capacity = 0;
    int status = find_first(file, users, &user);
    if (!status)
        status = find_first(file, ids, &item);
    if (!status && user < 0)
        status = table_need(file, users[0], &user);
    if (!status && item < 0)
        status = table_need(file, ids[0], &item);
    while (!status && !(status = table_next(file, &row)) && row) {
        pair one;
        if (!interaction_set_user(all, table_text(file, user), &one.user) ||
            !interaction_set_item(all, items, table_text(file, item), &one.item)) {
            ++*unknown;
            continue;
        }
        *pairs = xgrow(*pairs, *count, &capacity, sizeof **pairs);
        (*pairs)[(*count)++] = one;
    }
    return status;
}

int split_by_file(split *parts, const interaction_set *all, const item_table *items,
                  const char *path) {
    table *file;
    int status = table_open(&file, path);
    if (status)
        return status;
    pair *pairs = NULL;
    size_t count = 0, distinct = 0, met = 0;
    status = read_pairs(all, items, file, &pairs, &count, &parts->val_not_observed);
    table_close(file);
    if (!status && count) {
        qsort(pairs, count, sizeof *pairs, by_pair);
        for (size_t i = 0; i < count; i++)
            if (!distinct || by_pair(&pairs[distinct - 1], &pairs[i]))
                pairs[distinct++] = pairs[i];
    }
    for (size_t i = 0; i < all->rows.count && !status; i++) {
        const interaction *row = &all->rows.row[i];
        pair one = {row->user, row->item};
        int val = distinct && bsearch(&one, pairs, distinct, sizeof one, by_pair) != NULL;
        met += (size_t)val;
        take(parts, row, val);
    }
    parts->val_not_observed += distinct - met;
    free(pairs);
    return status;
}

/* ---- Unobserved videos --------------------------------------------------------------------- */

static int holds(const uint32_t *list, uint32_t from, uint32_t to, uint32_t item) {
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (list[middle] == item)
            return 1;
        if (list[middle] < item)
            from = middle + 1;
        else
            to = middle;
    }
    return 0;
}

/* The n-th draw for a user: a hash of the user's id, the draw's number and the
 * seed, scaled to the number of videos. */
static uint32_t draw(uint32_t seed, tt_text user, uint32_t n, uint32_t items) {
    char number[4];
    for (int i = 0; i < 4; i++)
        number[i] = (char)((n >> (8 * i)) & 0xff);
    tt_text text = {number, sizeof number};
    return (uint32_t)((tt_hash(seed, user, text) >> 32) * items >> 32);
}

void split_negatives(split *parts, const interaction_set *all, const item_table *items,
                     uint32_t per_like, uint32_t seed) {
    item_lists seen;
    interaction_lists(&seen, &all->rows, all->users, -1);
    uint32_t *drawn = xcalloc((size_t)all->users + 1, sizeof *drawn);
    for (size_t i = 0; i < parts->val.count; i++) {
        const interaction *row = &parts->val.row[i];
        uint32_t u = row->user, known = seen.offset[u + 1] - seen.offset[u];
        if (row->label != TT_LIKED || known >= items->count)
            continue;
        for (uint32_t k = 0; k < per_like;) {
            uint32_t item = draw(seed, all->user_id[u], drawn[u]++, items->count);
            if (holds(seen.item, seen.offset[u], seen.offset[u + 1], item))
                continue;
            interaction_add(&parts->negatives,
                            &(interaction){u, item, TT_DISLIKED, NAN, 0, INT64_MIN});
            k++;
        }
    }
    free(drawn);
    item_lists_free(&seen);
}

void split_free(split *parts) {
    free(parts->train.row);
    free(parts->val.row);
    free(parts->negatives.row);
    *parts = (split){0};
}

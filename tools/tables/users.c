/* SPDX-License-Identifier: MIT */
#include "tables/users.h"

#include "cli/fail.h"
#include "format/parquet.h"
#include "tables/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    USER_ID,
    LIKED,
    NEUTRAL,
    DISLIKED,
    LIKE_RATIO,
    DISLIKE_RATIO,
    MEAN_STARS,
    REVIEW_COUNT,
    READ_COLUMNS, /* what training needs; the rest is for people and other programs */
    RECENT = READ_COLUMNS,
    PREFERRED,
    LIKE_COUNT,
    DISLIKE_COUNT,
    LIKES_30D,
    RATIO_30D,
    SIGNUP_DAYS,
    AS_OF,
    COLUMNS
};

static const parquet_column columns[COLUMNS] = {
    [USER_ID] = {"user_id", PARQUET_STRING, 0, 0},
    [LIKED] = {"liked_video_ids", PARQUET_STRING, 1, 0},
    [NEUTRAL] = {"neutral_video_ids", PARQUET_STRING, 1, 0},
    [DISLIKED] = {"disliked_video_ids", PARQUET_STRING, 1, 0},
    [LIKE_RATIO] = {"like_ratio", PARQUET_FLOAT, 0, 1},
    [DISLIKE_RATIO] = {"dislike_ratio", PARQUET_FLOAT, 0, 1},
    [MEAN_STARS] = {"mean_stars", PARQUET_FLOAT, 0, 1},
    [REVIEW_COUNT] = {"review_count", PARQUET_FLOAT, 0, 1},
    [RECENT] = {"recent_positive_video_ids", PARQUET_STRING, 1, 0},
    [PREFERRED] = {"preferred_tag_ids", PARQUET_STRING, 1, 0},
    [LIKE_COUNT] = {"like_count", PARQUET_INT32, 0, 0},
    [DISLIKE_COUNT] = {"dislike_count", PARQUET_INT32, 0, 0},
    [LIKES_30D] = {"like_count_30d", PARQUET_INT32, 0, 0},
    [RATIO_30D] = {"positive_ratio_30d", PARQUET_FLOAT, 0, 1},
    [SIGNUP_DAYS] = {"signup_days", PARQUET_INT32, 0, 1},
    [AS_OF] = {"as_of", PARQUET_INSTANT, 0, 1},
};

static void build_user(user_table *table, uint32_t u, const interaction *const *row, size_t rows,
                       uint32_t max_history) {
    tr_user *user = &table->user[u];
    uint32_t total[TT_MAX_BAGS] = {0};
    double stars = 0;
    size_t starred = 0;
    for (size_t i = 0; i < rows; i++) {
        total[row[i]->taste]++;
        if (!isnan(row[i]->stars)) {
            stars += (double)row[i]->stars;
            starred++;
        }
    }
    for (int bag = 0; bag < TT_MAX_BAGS; bag++) {
        uint32_t kept = total[bag] < max_history ? total[bag] : max_history, n = 0;
        uint32_t *history = pool_take(&table->_memory, kept * sizeof *history);
        for (size_t i = 0; i < rows && n < kept; i++)
            if (row[i]->taste == bag)
                history[n++] = row[i]->item;
        user->history[bag] = history;
        user->count[bag] = kept;
    }
    float n = (float)rows;
    user->number[TR_LIKE_RATIO] = rows ? (float)total[TT_LIKED] / n : NAN;
    user->number[TR_DISLIKE_RATIO] = rows ? (float)total[TT_DISLIKED] / n : NAN;
    user->number[TR_MEAN_STARS] = starred ? (float)(stars / (double)starred) : NAN;
    user->number[TR_REVIEW_COUNT] = n;
}

static void start(user_table *table, uint32_t count) {
    *table = (user_table){.count = count, .as_of = INT64_MIN};
    table->id = need_zero((size_t)count + 1, sizeof *table->id);
    table->user = need_zero((size_t)count + 1, sizeof *table->user);
}

void user_table_build(user_table *table, const tt_text *ids, uint32_t count,
                      const interaction_list *from, uint32_t max_history, int64_t as_of) {
    start(table, count);
    table->as_of = as_of;
    const interaction **row = need((from->count + 1) * sizeof *row);
    size_t rows = 0;
    for (size_t i = 0; i < from->count; i++)
        if (from->row[i].at <= as_of)
            row[rows++] = &from->row[i];
    qsort(row, rows, sizeof *row, interaction_newest_first);
    size_t at = 0;
    for (uint32_t u = 0; u < count; u++) {
        size_t first = at;
        while (at < rows && row[at]->user == u)
            at++;
        table->id[u] = pool_text(&table->_memory, ids[u]);
        map_put(&table->by_id, table->id[u], u);
        build_user(table, u, row + first, at - first, max_history);
    }
    free(row);
}

/* ---- Reading --------------------------------------------------------------------- */

static void read_history(user_table *table, tr_user *user, int bag, const parquet_reader *file,
                         int at, const item_table *items, uint64_t *unknown) {
    uint32_t size = parquet_list_size(file, at), n = 0;
    uint32_t *history = pool_take(&table->_memory, size * sizeof *history);
    for (uint32_t i = 0; i < size; i++) {
        if (map_get(&items->by_id, parquet_list_text(file, at, i), &history[n]))
            n++;
        else
            ++*unknown;
    }
    user->history[bag] = history;
    user->count[bag] = n;
}

/* Numbers and as_of may be absent (at -1), as in tables of other programs. */
static int ask(parquet_reader *file, int at[COLUMNS]) {
    int status = 0;
    for (int c = 0; c < COLUMNS && !status; c++) {
        at[c] = -1;
        if ((c >= READ_COLUMNS && c != AS_OF) ||
            (c >= LIKE_RATIO && !parquet_find(file, columns[c].name)))
            continue;
        status = parquet_need(file, columns[c].name, columns[c].type, columns[c].list, &at[c]);
    }
    return status;
}

static int read_rows(user_table *table, parquet_reader *file, const char *path,
                     const item_table *items, uint64_t *unknown) {
    int at[COLUMNS], status = ask(file, at), row = 1;
    for (uint32_t u = 0; !status && !(status = parquet_next(file, &row)) && row; u++) {
        tr_user *user = &table->user[u];
        table->id[u] = pool_text(&table->_memory, parquet_text(file, at[USER_ID]));
        uint32_t before;
        if (!table->id[u].len)
            return fail(TW_INPUT, "%s: row %u has no user id; leave such rows out", path, u + 1);
        if (map_get(&table->by_id, table->id[u], &before))
            return fail(TW_INPUT, "%s: rows %u and %u have the same user id; keep one", path,
                        before + 1, u + 1);
        map_put(&table->by_id, table->id[u], u);
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            read_history(table, user, bag, file, at[LIKED + bag], items, unknown);
        for (int n = 0; n < TR_NUMBERS; n++)
            user->number[n] =
                at[LIKE_RATIO + n] < 0 ? NAN : (float)parquet_number(file, at[LIKE_RATIO + n]);
        if (at[AS_OF] >= 0 && !parquet_is_null(file, at[AS_OF]))
            table->as_of = parquet_int(file, at[AS_OF]);
    }
    return status;
}

int user_table_read(user_table *table, const char *path, const item_table *items,
                    uint64_t *unknown) {
    *table = (user_table){0};
    *unknown = 0;
    parquet_reader *file;
    int status = parquet_open(&file, path);
    if (status)
        return status;
    if (parquet_rows(file) >= UINT32_MAX)
        status = fail(TW_INPUT, "%s: more than 2^32 - 2 users", path);
    else {
        start(table, (uint32_t)parquet_rows(file));
        status = read_rows(table, file, path, items, unknown);
    }
    parquet_close(file);
    return status;
}

/* ---- Writing ----------------------------------------------------------------------- */

static void put_ids(parquet_writer *file, int column, const uint32_t *item, uint32_t count,
                    const item_table *items) {
    parquet_list(file, column, count);
    for (uint32_t i = 0; i < count; i++)
        parquet_put_text(file, column, items->item[item[i]].id);
}

static void put_float(parquet_writer *file, int column, float value) {
    if (isnan(value))
        parquet_put_null(file, column);
    else
        parquet_put_number(file, column, (double)value);
}

static void put_profile(parquet_writer *file, const user_profile *profile) {
    parquet_list(file, PREFERRED, profile->tags);
    for (uint32_t i = 0; i < profile->tags; i++)
        parquet_put_text(file, PREFERRED, profile->tag[i]);
    parquet_put_int(file, LIKE_COUNT, profile->likes);
    parquet_put_int(file, DISLIKE_COUNT, profile->dislikes);
    parquet_put_int(file, LIKES_30D, profile->likes_30d);
    put_float(file, RATIO_30D, profile->ratio_30d);
    if (profile->signup_days < 0)
        parquet_put_null(file, SIGNUP_DAYS);
    else
        parquet_put_int(file, SIGNUP_DAYS, profile->signup_days);
}

int user_table_write(const user_table *table, const char *path, const interaction_list *from,
                     const item_table *items) {
    parquet_writer *file;
    int status = parquet_create(&file, path, columns, COLUMNS);
    if (status)
        return status;
    profile_builder *profiles = profile_builder_make(table, from, items);
    for (uint32_t u = 0; u < table->count && !status; u++) {
        const tr_user *user = &table->user[u];
        parquet_put_text(file, USER_ID, table->id[u]);
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            put_ids(file, LIKED + bag, user->history[bag], user->count[bag], items);
        uint32_t recent =
            user->count[TT_LIKED] < PROFILE_RECENT ? user->count[TT_LIKED] : PROFILE_RECENT;
        put_ids(file, RECENT, user->history[TT_LIKED], recent, items);
        for (int n = 0; n < TR_NUMBERS; n++)
            put_float(file, LIKE_RATIO + n, user->number[n]);
        user_profile profile;
        profile_of(profiles, u, &profile);
        put_profile(file, &profile);
        if (table->as_of == INT64_MIN)
            parquet_put_null(file, AS_OF);
        else
            parquet_put_int(file, AS_OF, table->as_of);
        status = parquet_end_row(file);
    }
    profile_builder_free(profiles);
    if (!status)
        return parquet_commit(&file);
    parquet_abandon(file);
    return status;
}

void user_table_free(user_table *table) {
    free(table->id);
    free(table->user);
    map_free(&table->by_id);
    pool_free(&table->_memory);
    *table = (user_table){0};
}

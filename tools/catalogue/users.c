/* SPDX-License-Identifier: MIT */
#include "catalogue/users.h"

#include "base/fail.h"
#include "catalogue/favourites.h"
#include "catalogue/user_numbers.h"
#include "format/id.h"
#include "format/parquet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    USER_ID,
    LIKED,
    NEUTRAL,
    DISLIKED,
    NUMBER,
    READ_COLUMNS = NUMBER + TR_NUMBERS, /* what training needs; the rest is for people */
    RECENT = READ_COLUMNS,              /* and other programs */
    PREFERRED,
    AS_OF,
    COLUMNS
};

enum { MAX_RECENT = 50 };

#define COUNT(name) \
    { name, PARQUET_INT32, 0, 1 }
#define NUMBER_OF(name) \
    { name, PARQUET_FLOAT, 0, 1 }

/* The numbers in the order of tr_number_name. */
static const parquet_column columns[COLUMNS] = {
    [USER_ID] = {"user_id", PARQUET_STRING, 0, 0},
    [LIKED] = {"liked_video_ids", PARQUET_STRING, 1, 0},
    [NEUTRAL] = {"neutral_video_ids", PARQUET_STRING, 1, 0},
    [DISLIKED] = {"disliked_video_ids", PARQUET_STRING, 1, 0},
    [NUMBER + TR_LIKE_RATIO] = NUMBER_OF("like_ratio"),
    [NUMBER + TR_DISLIKE_RATIO] = NUMBER_OF("dislike_ratio"),
    [NUMBER + TR_MEAN_STARS] = NUMBER_OF("mean_stars"),
    [NUMBER + TR_REVIEW_COUNT] = NUMBER_OF("review_count"),
    [NUMBER + TR_LIKE_COUNT] = COUNT("like_count"),
    [NUMBER + TR_DISLIKE_COUNT] = COUNT("dislike_count"),
    [NUMBER + TR_LIKE_COUNT_30D] = COUNT("like_count_30d"),
    [NUMBER + TR_POSITIVE_RATIO_30D] = NUMBER_OF("positive_ratio_30d"),
    [NUMBER + TR_SIGNUP_DAYS] = COUNT("signup_days"),
    [NUMBER + TR_ACCOUNT_AGE_DAYS] = COUNT("account_age_days"),
    [NUMBER + TR_DAYS_SINCE_LAST_LIKE] = COUNT("days_since_last_like"),
    [NUMBER + TR_HOUR_SIN] = NUMBER_OF("hour_sin"),
    [NUMBER + TR_HOUR_COS] = NUMBER_OF("hour_cos"),
    [NUMBER + TR_PRICE_MEAN] = NUMBER_OF("price_mean"),
    [NUMBER + TR_PRICE_MEDIAN] = NUMBER_OF("price_median"),
    [RECENT] = {"recent_positive_video_ids", PARQUET_STRING, 1, 0},
    [PREFERRED] = {"preferred_tag_ids", PARQUET_STRING, 1, 0},
    [AS_OF] = {"as_of", PARQUET_INSTANT, 0, 1},
};

static void list_histories(user_table *table, tr_user *user, const interaction *const *row,
                           size_t rows, uint32_t max_history) {
    for (int bag = 0; bag < TT_MAX_BAGS; bag++) {
        uint32_t kept = 0, n = 0;
        for (size_t i = 0; i < rows && kept < max_history; i++)
            kept += row[i]->label == bag;
        uint32_t *history = arena_take(&table->_memory, kept * sizeof *history);
        for (size_t i = 0; i < rows && n < kept; i++)
            if (row[i]->label == bag)
                history[n++] = row[i]->item;
        user->history[bag] = history;
        user->count[bag] = kept;
    }
}

static void start(user_table *table, uint32_t count) {
    *table = (user_table){.count = count, .as_of = INT64_MIN};
    table->id = xcalloc((size_t)count + 1, sizeof *table->id);
    table->user = xcalloc((size_t)count + 1, sizeof *table->user);
}

void user_table_build(user_table *table, const user_list *users, const interaction_list *from,
                      const item_table *items, uint32_t max_history, int64_t as_of) {
    start(table, users->count);
    table->as_of = as_of;
    const interaction **row = xmalloc((from->count + 1) * sizeof *row);
    size_t rows = 0;
    for (size_t i = 0; i < from->count; i++)
        if (from->row[i].at <= as_of)
            row[rows++] = &from->row[i];
    qsort(row, rows, sizeof *row, interaction_newest_first);
    size_t at = 0;
    for (uint32_t u = 0; u < users->count; u++) {
        size_t first = at;
        while (at < rows && row[at]->user == u)
            at++;
        table->id[u] = arena_text(&table->_memory, users->id[u]);
        map_put(&table->by_id, table->id[u], u);
        list_histories(table, &table->user[u], row + first, at - first, max_history);
        user_numbers(&table->user[u], row + first, at - first, items, users->since[u], as_of);
    }
    free(row);
}

/* ---- Reading --------------------------------------------------------------------- */

static void read_history(user_table *table, tr_user *user, int bag, const parquet_reader *file,
                         int at, const item_table *items, uint64_t *unknown) {
    uint32_t size = parquet_list_size(file, at), n = 0;
    uint32_t *history = arena_take(&table->_memory, size * sizeof *history);
    for (uint32_t i = 0; i < size; i++) {
        if (map_get(&items->by_id, parquet_list_text(file, at, i), &history[n]))
            n++;
        else
            ++*unknown;
    }
    user->history[bag] = history;
    user->count[bag] = n;
}

/* Numbers and as_of may be absent (at -1), and of any type, as in tables of other programs. */
static int ask(parquet_reader *file, int at[COLUMNS]) {
    int status = 0;
    for (int c = 0; c < COLUMNS && !status; c++) {
        at[c] = -1;
        int number = c >= NUMBER && c < READ_COLUMNS;
        if ((c >= READ_COLUMNS && c != AS_OF) ||
            (c >= NUMBER && !parquet_find(file, columns[c].name)))
            continue;
        status = parquet_need(file, columns[c].name, number ? PARQUET_FLOAT : columns[c].type,
                              columns[c].list, &at[c]);
    }
    return status;
}

static int read_rows(user_table *table, parquet_reader *file, const char *path,
                     const item_table *items, uint64_t *unknown) {
    int at[COLUMNS], status = ask(file, at), row = 1;
    for (uint32_t u = 0; !status && !(status = parquet_next(file, &row)) && row; u++) {
        tr_user *user = &table->user[u];
        table->id[u] = arena_text(&table->_memory, parquet_text(file, at[USER_ID]));
        uint32_t before;
        if (id_missing(table->id[u]))
            return fail(TW_INPUT, "%s: row %u has no user id; leave such rows out", path, u + 1);
        if (map_get(&table->by_id, table->id[u], &before))
            return fail(TW_INPUT, "%s: rows %u and %u have the same user id; keep one", path,
                        before + 1, u + 1);
        map_put(&table->by_id, table->id[u], u);
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            read_history(table, user, bag, file, at[LIKED + bag], items, unknown);
        for (int n = 0; n < TR_NUMBERS; n++)
            user->number[n] =
                at[NUMBER + n] < 0 ? NAN : (float)parquet_number(file, at[NUMBER + n]);
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

static void put_number(parquet_writer *file, int column, float value) {
    if (isnan(value))
        parquet_put_null(file, column);
    else if (columns[column].type == PARQUET_INT32)
        parquet_put_int(file, column, (int64_t)value);
    else
        parquet_put_number(file, column, (double)value);
}

static int put_user(parquet_writer *file, const user_table *table, uint32_t u,
                    const item_table *items, favourites *tags) {
    const tr_user *user = &table->user[u];
    uint32_t likes = user->count[TT_LIKED];
    parquet_put_text(file, USER_ID, table->id[u]);
    for (int bag = 0; bag < TT_MAX_BAGS; bag++)
        put_ids(file, LIKED + bag, user->history[bag], user->count[bag], items);
    for (int n = 0; n < TR_NUMBERS; n++)
        put_number(file, NUMBER + n, user->number[n]);
    put_ids(file, RECENT, user->history[TT_LIKED], likes < MAX_RECENT ? likes : MAX_RECENT, items);
    favourites_of(tags, user, items);
    parquet_list(file, PREFERRED, tags->tags);
    for (uint32_t i = 0; i < tags->tags; i++)
        parquet_put_text(file, PREFERRED, tags->tag[i].tag);
    if (table->as_of == INT64_MIN)
        parquet_put_null(file, AS_OF);
    else
        parquet_put_int(file, AS_OF, table->as_of);
    return parquet_end_row(file);
}

int user_table_write(const user_table *table, const char *path, const item_table *items) {
    parquet_writer *file;
    favourites tags = {0};
    int status = parquet_create(&file, path, columns, COLUMNS);
    if (status)
        return status;
    for (uint32_t u = 0; u < table->count && !status; u++)
        status = put_user(file, table, u, items, &tags);
    favourites_free(&tags);
    if (!status)
        return parquet_commit(&file);
    parquet_abandon(file);
    return status;
}

void user_table_free(user_table *table) {
    free(table->id);
    free(table->user);
    map_free(&table->by_id);
    arena_free(&table->_memory);
    *table = (user_table){0};
}

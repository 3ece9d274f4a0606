/* SPDX-License-Identifier: MIT */
#include "tables/interactions.h"

#include "cli/fail.h"
#include "format/parquet.h"

#include <math.h>
#include <stdlib.h>

enum { USER_ID, VIDEO_ID, LABEL, WEIGHT, STARS, AT, COLUMNS };

/* label: 1 liked, 0 disliked, null neutral. */
static const parquet_column columns[COLUMNS] = {
    [USER_ID] = {"user_id", PARQUET_STRING, 0, 0}, [VIDEO_ID] = {"video_id", PARQUET_STRING, 0, 0},
    [LABEL] = {"label", PARQUET_INT32, 0, 1},      [WEIGHT] = {"weight", PARQUET_FLOAT, 0, 0},
    [STARS] = {"stars", PARQUET_FLOAT, 0, 1},      [AT] = {"at", PARQUET_INSTANT, 0, 1},
};

void interaction_add(interaction_list *list, const interaction *row) {
    list->row = need_more(list->row, list->count, &list->capacity, sizeof *list->row);
    list->row[list->count++] = *row;
}

static int read_taste(const parquet_reader *file, int at, const char *path, int32_t *taste) {
    *taste = TT_NEUTRAL;
    if (parquet_is_null(file, at))
        return 0;
    int64_t label = parquet_int(file, at);
    if (label != 0 && label != 1)
        return fail(TW_INPUT,
                    "%s: row %llu: label is %lld; 1 (liked), 0 (disliked) or null is "
                    "expected",
                    path, (unsigned long long)parquet_row(file), (long long)label);
    *taste = label ? TT_LIKED : TT_DISLIKED;
    return 0;
}

static int read_rows(interaction_list *list, parquet_reader *file, const char *path,
                     const char *key, const map *users, const item_table *items,
                     uint64_t *unknown) {
    int at[COLUMNS], status = 0, row = 1;
    for (int c = 0; c < COLUMNS && !status; c++)
        status =
            parquet_need(file, c == VIDEO_ID ? key : columns[c].name, columns[c].type, 0, &at[c]);
    while (!status && !(status = parquet_next(file, &row)) && row) {
        interaction one = {.stars = (float)parquet_number(file, at[STARS]),
                           .weight = (float)parquet_number(file, at[WEIGHT])};
        one.at = parquet_is_null(file, at[AT]) ? INT64_MIN : parquet_int(file, at[AT]);
        status = read_taste(file, at[LABEL], path, &one.taste);
        if (!map_get(users, parquet_text(file, at[USER_ID]), &one.user) ||
            !map_get(&items->by_id, parquet_text(file, at[VIDEO_ID]), &one.item))
            ++*unknown;
        else
            interaction_add(list, &one);
    }
    return status;
}

int interaction_read(interaction_list *list, const char *path, const char *key, const map *users,
                     const item_table *items, uint64_t *unknown) {
    *list = (interaction_list){0};
    *unknown = 0;
    parquet_reader *file;
    int status = parquet_open(&file, path);
    if (status)
        return status;
    status = read_rows(list, file, path, key, users, items, unknown);
    parquet_close(file);
    return status;
}

int interaction_write(const interaction_list *list, const char *path, const tt_text *user_id,
                      const item_table *items) {
    parquet_writer *file;
    int status = parquet_create(&file, path, columns, COLUMNS);
    if (status)
        return status;
    for (size_t i = 0; i < list->count && !status; i++) {
        const interaction *one = &list->row[i];
        parquet_put_text(file, USER_ID, user_id[one->user]);
        parquet_put_text(file, VIDEO_ID, items->item[one->item].id);
        if (one->taste == TT_NEUTRAL)
            parquet_put_null(file, LABEL);
        else
            parquet_put_int(file, LABEL, one->taste == TT_LIKED);
        parquet_put_number(file, WEIGHT, one->weight);
        if (isnan(one->stars))
            parquet_put_null(file, STARS);
        else
            parquet_put_number(file, STARS, one->stars);
        if (one->at == INT64_MIN)
            parquet_put_null(file, AT);
        else
            parquet_put_int(file, AT, one->at);
        status = parquet_end_row(file);
    }
    if (!status)
        return parquet_commit(&file);
    parquet_abandon(file);
    return status;
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

void interaction_lists(item_lists *lists, const interaction_list *from, uint32_t users, int taste) {
    uint32_t *offset = need_zero((size_t)users + 2, sizeof *offset);
    for (size_t i = 0; i < from->count; i++)
        if (taste < 0 || from->row[i].taste == taste)
            offset[from->row[i].user + 2]++;
    for (uint32_t u = 0; u < users; u++)
        offset[u + 2] += offset[u + 1];
    uint32_t *item = need(((size_t)offset[users + 1] + 1) * sizeof *item);
    for (size_t i = 0; i < from->count; i++)
        if (taste < 0 || from->row[i].taste == taste)
            item[offset[from->row[i].user + 1]++] = from->row[i].item;
    for (uint32_t u = 0; u < users; u++)
        if (offset[u + 1] - offset[u] > 1)
            qsort(item + offset[u], offset[u + 1] - offset[u], sizeof *item, ascending);
    *lists = (item_lists){offset, item};
}

void item_lists_free(item_lists *lists) {
    free(lists->offset);
    free(lists->item);
    *lists = (item_lists){0};
}

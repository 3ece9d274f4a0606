/* SPDX-License-Identifier: MIT */
#include "catalogue/interactions.h"

#include "base/fail.h"
#include "format/parquet.h"

#include <math.h>
#include <stdlib.h>

/* Beside a row of weight 1 a heavier one would be all that a step learns. */
enum { MAX_WEIGHT = 1000 };

enum { USER_ID, VIDEO_ID, LABEL, WEIGHT, STARS, AT, COLUMNS };

/* label: 1 liked, 0 disliked, null neutral. */
static const parquet_column columns[COLUMNS] = {
    [USER_ID] = {"user_id", PARQUET_STRING, 0, 0}, [VIDEO_ID] = {"video_id", PARQUET_STRING, 0, 0},
    [LABEL] = {"label", PARQUET_INT32, 0, 1},      [WEIGHT] = {"weight", PARQUET_FLOAT, 0, 0},
    [STARS] = {"stars", PARQUET_FLOAT, 0, 1},      [AT] = {"at", PARQUET_INSTANT, 0, 1},
};

void interaction_add(interaction_list *list, const interaction *row) {
    list->row = xgrow(list->row, list->count, &list->capacity, sizeof *list->row);
    list->row[list->count++] = *row;
}

int interaction_newest_first(const void *a, const void *b) {
    const interaction *x = *(const interaction *const *)a, *y = *(const interaction *const *)b;
    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    if (x->at != y->at)
        return x->at > y->at ? -1 : 1;
    return x > y ? -1 : 1;
}

/* Other programs make labels of any kind of number: a null among them makes pandas write
 * doubles, with NaN for null. */
static int read_label(const parquet_reader *file, int at, const char *path, int32_t *label) {
    double value = parquet_number(file, at);
    *label = TT_NEUTRAL;
    if (isnan(value))
        return 0;
    if (value != 0 && value != 1)
        return fail(TW_INPUT,
                    "%s: row %llu: label is %g; 1 (liked), 0 (disliked) or null is expected", path,
                    (unsigned long long)parquet_row(file), value);
    *label = value != 0 ? TT_LIKED : TT_DISLIKED;
    return 0;
}

static int read_weight(const parquet_reader *file, int at, const char *path, float *weight) {
    *weight = 1;
    if (at < 0 || parquet_is_null(file, at))
        return 0;
    double value = parquet_number(file, at);
    if (!(value >= 0 && value <= MAX_WEIGHT))
        return fail(TW_INPUT, "%s: row %llu: weight is %g; a number from 0 to %d is expected", path,
                    (unsigned long long)parquet_row(file), value, MAX_WEIGHT);
    *weight = (float)value;
    return 0;
}

/* Columns from WEIGHT on may be absent: -1. */
static int ask(parquet_reader *file, const char *key, int at[COLUMNS]) {
    int status = 0;
    for (int c = 0; c < COLUMNS && !status; c++) {
        const char *name = c == VIDEO_ID ? key : columns[c].name;
        at[c] = -1;
        if (c < WEIGHT || parquet_find(file, name))
            status =
                parquet_need(file, name, c == LABEL ? PARQUET_DOUBLE : columns[c].type, 0, &at[c]);
    }
    return status;
}

static int read_rows(interaction_list *list, parquet_reader *file, const char *path,
                     const char *key, const map *users, const item_table *items,
                     uint64_t *unknown) {
    int at[COLUMNS], status = ask(file, key, at), row = 1;
    while (!status && !(status = parquet_next(file, &row)) && row) {
        interaction one = {.stars = NAN, .at = INT64_MIN};
        if (at[STARS] >= 0)
            one.stars = (float)parquet_number(file, at[STARS]);
        if (at[AT] >= 0 && !parquet_is_null(file, at[AT]))
            one.at = parquet_int(file, at[AT]);
        status = read_weight(file, at[WEIGHT], path, &one.weight);
        if (!status)
            status = read_label(file, at[LABEL], path, &one.label);
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
        if (one->label == TT_NEUTRAL)
            parquet_put_null(file, LABEL);
        else
            parquet_put_int(file, LABEL, one->label == TT_LIKED);
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

void interaction_lists(item_lists *lists, const interaction_list *from, uint32_t users, int label) {
    uint32_t *offset = xcalloc((size_t)users + 2, sizeof *offset);
    for (size_t i = 0; i < from->count; i++)
        if (label < 0 || from->row[i].label == label)
            offset[from->row[i].user + 2]++;
    for (uint32_t u = 0; u < users; u++)
        offset[u + 2] += offset[u + 1];
    uint32_t *item = xmalloc(((size_t)offset[users + 1] + 1) * sizeof *item);
    for (size_t i = 0; i < from->count; i++)
        if (label < 0 || from->row[i].label == label)
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

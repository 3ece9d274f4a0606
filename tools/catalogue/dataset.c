/* SPDX-License-Identifier: MIT */
#include "catalogue/dataset.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>

static void warn_unknown(const char *path, uint64_t rows, const char *what) {
    if (rows)
        warning("%s: %llu %s left out: they are not in the tables read beside it", path,
                (unsigned long long)rows, what);
}

static void count_items(dataset *data) {
    data->item_likes = xcalloc((size_t)data->items.count + 1, sizeof *data->item_likes);
    data->item_reviews = xcalloc((size_t)data->items.count + 1, sizeof *data->item_reviews);
    for (size_t i = 0; i < data->train.count; i++) {
        const interaction *row = &data->train.row[i];
        data->item_likes[row->item] += row->label == TT_LIKED;
        data->item_reviews[row->item]++;
    }
}

int dataset_read(dataset *data, const dataset_paths *paths) {
    const char *key = paths->item_key, *users = paths->users;
    const char *train = paths->train, *val = paths->val;
    uint64_t unknown = 0;
    *data = (dataset){0};
    progress_show("reading tables", 0, 0);
    int status = item_table_read(&data->items, paths->items, key);
    if (!status && !data->items.count)
        status = fail(TW_INPUT, "%s: no videos; run twotower prep on a catalogue that has some",
                      paths->items);
    if (!status) {
        status = user_table_read(&data->users, users, &data->items, &unknown);
        warn_unknown(users, unknown, "history entries");
    }
    if (!status) {
        status =
            interaction_read(&data->train, train, key, &data->users.by_id, &data->items, &unknown);
        warn_unknown(train, unknown, "rows");
    }
    if (!status) {
        status = interaction_read(&data->val, val, key, &data->users.by_id, &data->items, &unknown);
        warn_unknown(val, unknown, "rows");
    }
    if (!status)
        count_items(data);
    progress_end();
    return status;
}

int dataset_need_likes(const dataset *data, const dataset_paths *paths) {
    for (uint32_t i = 0; i < data->items.count; i++)
        if (data->item_likes[i])
            return 0;
    return fail(TW_INPUT,
                "%s: it has no like (label 1); prepare it with a lower minimum of stars or "
                "more reviews",
                paths->train);
}

void dataset_free(dataset *data) {
    free(data->train.row);
    free(data->val.row);
    free(data->item_likes);
    free(data->item_reviews);
    user_table_free(&data->users);
    item_table_free(&data->items);
    *data = (dataset){0};
}

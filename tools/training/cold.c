/* SPDX-License-Identifier: MIT */
#include "training/cold.h"

#include "base/fail.h"
#include "format/table.h"

#include <stdlib.h>

void cold_by_hash(cold_items *cold, const item_table *items, double ratio, uint32_t seed) {
    static const tt_text space = {"cold", 4};
    cold->mask = xcalloc((size_t)items->count + 1, 1);
    for (uint32_t i = 0; i < items->count; i++) {
        uint32_t hash = (uint32_t)(tt_hash(seed, space, items->item[i].id) >> 32);
        cold->mask[i] = (double)hash < ratio * 4294967296.0;
        cold->count += cold->mask[i];
    }
}

int cold_by_file(cold_items *cold, const item_table *items, const char *path) {
    table *file;
    int status = table_open(&file, path), row = 1, at;
    if (status)
        return status;
    cold->mask = xcalloc((size_t)items->count + 1, 1);
    status = table_find(file, "video_id", &at);
    if (!status && at < 0)
        status = table_find(file, "item_id", &at);
    if (!status && at < 0)
        status = table_need(file, "video_id", &at);
    while (!status && !(status = table_next(file, &row)) && row) {
        uint32_t item;
        if (!map_get(&items->by_id, table_text(file, at), &item)) {
            cold->unknown++;
            continue;
        }
        cold->count += !cold->mask[item];
        cold->mask[item] = 1;
    }
    table_close(file);
    return status;
}

void cold_hold_out(cold_items *cold, split *parts, const interaction_set *all) {
    size_t kept = 0;
    for (size_t i = 0; i < parts->train.count; i++)
        if (!cold->mask[parts->train.row[i].item])
            parts->train.row[kept++] = parts->train.row[i];
    parts->train.count = kept;
    for (size_t i = 0; i < all->rows.count; i++)
        if (cold->mask[all->rows.row[i].item])
            interaction_add(&cold->rows, &all->rows.row[i]);
}

void cold_free(cold_items *cold) {
    free(cold->mask);
    free(cold->rows.row);
    *cold = (cold_items){0};
}

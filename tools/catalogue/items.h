/* SPDX-License-Identifier: MIT */
/* item_features.parquet, and the same table from a store: one row per video.  It grows with the
 * catalogue, so it stands on disk (base/disk.h). */
#ifndef TOOLS_CATALOGUE_ITEMS_H
#define TOOLS_CATALOGUE_ITEMS_H

#include "base/arena.h"
#include "base/map.h"
#include "catalogue/store.h"
#include "trainer.h"

typedef struct item_extra {
    tt_text title, product_url, external_id, image_url;
    double price, duration_seconds; /* NaN: missing */
} item_extra;

typedef struct item_table {
    uint32_t count;
    tr_item *item;     /* [count] in catalogue order */
    item_extra *extra; /* [count] */
    map by_id;         /* video id -> index */
    size_t _capacity, _extra_capacity;
    arena _memory;
} item_table;

/* Reads a file that item_table_write or another program wrote; `key` names the
 * column of ids (video_id). */
int item_table_read(item_table *table, const char *path, const char *key);
int item_table_load(item_table *table, store *from);
int item_table_write(const item_table *table, const char *path);
void item_table_free(item_table *table);

/* The trainer's form of a store's row; borrows its text. */
void item_from_video(tr_item *item, const video *row);

#endif

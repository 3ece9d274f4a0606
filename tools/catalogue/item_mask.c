/* SPDX-License-Identifier: MIT */
#include "catalogue/item_mask.h"

#include "base/fail.h"
#include "format/parquet.h"

#include <stdlib.h>

static const parquet_column column = {"video_id", PARQUET_STRING, 0, 0};

int item_mask_read(unsigned char **mask, const char *path, const char *key, const item_table *items,
                   uint64_t *unknown) {
    parquet_reader *file;
    int at, row = 1, status = parquet_open(&file, path);
    *mask = NULL;
    *unknown = 0;
    if (status)
        return status;
    *mask = xcalloc((size_t)items->count + 1, 1);
    status = parquet_need(file, key, PARQUET_STRING, 0, &at);
    while (!status && !(status = parquet_next(file, &row)) && row) {
        uint32_t item;
        if (map_get(&items->by_id, parquet_text(file, at), &item))
            (*mask)[item] = 1;
        else
            ++*unknown;
    }
    parquet_close(file);
    return status;
}

int item_mask_write(const unsigned char *mask, const char *path, const item_table *items) {
    parquet_writer *file;
    int status = parquet_create(&file, path, &column, 1);
    if (status)
        return status;
    for (uint32_t i = 0; i < items->count && !status; i++)
        if (mask[i]) {
            parquet_put_text(file, 0, items->item[i].id);
            status = parquet_end_row(file);
        }
    if (!status)
        return parquet_commit(&file);
    parquet_abandon(file);
    return status;
}

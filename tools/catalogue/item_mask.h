/* SPDX-License-Identifier: MIT */
/* cold_items.parquet: some of the items, by id. */
#ifndef TOOLS_CATALOGUE_ITEM_MASK_H
#define TOOLS_CATALOGUE_ITEM_MASK_H

#include "catalogue/items.h"

/* mask [items->count], 1 for the items of the file; the caller's to free. Ids that
 * are not in `items` are counted in *unknown. */
int item_mask_read(unsigned char **mask, const char *path, const char *key, const item_table *items,
                   uint64_t *unknown);
int item_mask_write(const unsigned char *mask, const char *path, const item_table *items);

#endif

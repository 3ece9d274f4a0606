/* SPDX-License-Identifier: MIT */
#include "shared/active.h"

#include <stdlib.h>
#include <string.h>

tr_status tr_active_create(tr_active *t, const tr_dataset *set, int listed) {
    memset(t, 0, sizeof *t);
    t->listed = listed;
    if (!listed)
        return TR_OK;
    size_t items = set->data->items, rows = set->rows, max = items > rows ? items : rows;
    t->item = malloc((items + 1) * sizeof *t->item);
    t->row = malloc((rows + 1) * sizeof *t->row);
    t->index = malloc((max + 1) * sizeof *t->index);
    t->mark = malloc(max + 1);
    int good = tr_csr_create(&t->row_items, rows, set->row_items.offset[rows]);
    if (good && t->item && t->row && t->index && t->mark)
        return TR_OK;
    tr_active_free(t);
    return TR_NO_MEMORY;
}

void tr_active_free(tr_active *t) {
    free(t->item);
    free(t->row);
    free(t->index);
    free(t->mark);
    tr_csr_free(&t->row_items);
    memset(t, 0, sizeof *t);
}

/* Lists what is marked of `count` things; returns how many. */
static uint32_t list_marked(tr_active *t, uint32_t *list, uint32_t count) {
    uint32_t listed = 0;
    for (uint32_t i = 0; i < count; i++)
        if (t->mark[i]) {
            t->index[i] = listed;
            list[listed++] = i;
        }
    return listed;
}

static void list_items(tr_active *t, tr_batch *batch, uint32_t items) {
    uint32_t entries = batch->bag_offset[batch->users * TT_MAX_BAGS];
    memset(t->mark, 0, items);
    for (uint32_t c = 0; c < batch->candidates; c++)
        t->mark[batch->candidate[c]] = 1;
    for (uint32_t i = 0; i < entries; i++)
        t->mark[batch->bag_entry[i].row] = 1;
    batch->active_items = list_marked(t, t->item, items);
    batch->active_item = t->item;
    for (uint32_t i = 0; i < entries; i++)
        batch->bag_entry[i].row = t->index[batch->bag_entry[i].row];
}

static void list_rows(tr_active *t, tr_batch *batch, const tr_dataset *set) {
    memset(t->mark, 0, set->rows);
    for (uint32_t n = 0; n < batch->active_items; n++) {
        uint32_t item = batch->active_item[n];
        if (set->id_row[item] != TR_NONE)
            t->mark[set->id_row[item]] = 1;
        for (size_t e = set->content.offset[item]; e < set->content.offset[item + 1]; e++)
            t->mark[set->content.entry[e].row] = 1;
    }
    batch->active_rows = list_marked(t, t->row, set->rows);
    batch->active_row = t->row;
}

void tr_active_list(tr_active *t, tr_batch *batch, const tr_dataset *set) {
    if (!t->listed)
        return;
    list_items(t, batch, set->data->items);
    tr_batch_invert(batch);
    list_rows(t, batch, set);
    tr_dataset_transpose(set, &t->row_items, batch->active_rows, batch->active_item,
                         batch->active_items, t->index);
    batch->row_items = t->row_items;
}

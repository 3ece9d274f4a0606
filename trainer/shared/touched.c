/* SPDX-License-Identifier: MIT */
#include "shared/touched.h"

#include <stdlib.h>
#include <string.h>

tr_status tr_touched_create(tr_touched *t, const tr_dataset *set, int listed) {
    memset(t, 0, sizeof *t);
    t->listed = listed;
    if (!listed)
        return TR_OK;
    size_t items = set->data->items, rows = set->rows, most = items > rows ? items : rows;
    t->item = malloc((items + 1) * sizeof *t->item);
    t->row = malloc((rows + 1) * sizeof *t->row);
    t->place = malloc((most + 1) * sizeof *t->place);
    t->mark = malloc(most + 1);
    t->holders.offset = malloc((rows + 2) * sizeof *t->holders.offset);
    t->holders.entry = malloc((set->holders.offset[rows] + 1) * sizeof *t->holders.entry);
    if (t->item && t->row && t->place && t->mark && t->holders.offset && t->holders.entry)
        return TR_OK;
    tr_touched_free(t);
    return TR_NO_MEMORY;
}

void tr_touched_free(tr_touched *t) {
    free(t->item);
    free(t->row);
    free(t->place);
    free(t->mark);
    free(t->holders.offset);
    free(t->holders.entry);
    memset(t, 0, sizeof *t);
}

/* Lists what is marked of `count` things; returns how many. */
static uint32_t list_marked(tr_touched *t, uint32_t *list, uint32_t count) {
    uint32_t listed = 0;
    for (uint32_t i = 0; i < count; i++)
        if (t->mark[i]) {
            t->place[i] = listed;
            list[listed++] = i;
        }
    return listed;
}

static void list_items(tr_touched *t, tr_batch *batch, uint32_t items) {
    uint32_t shown = batch->shown_offset[batch->users * TT_MAX_BAGS];
    memset(t->mark, 0, items);
    for (uint32_t c = 0; c < batch->candidates; c++)
        t->mark[batch->candidate[c]] = 1;
    for (uint32_t i = 0; i < shown; i++)
        t->mark[batch->shown[i].row] = 1;
    batch->slots = list_marked(t, t->item, items);
    batch->item = t->item;
    for (uint32_t i = 0; i < shown; i++)
        batch->shown[i].row = t->place[batch->shown[i].row];
}

/* The rows that the item of a slot has: `content`, and its id or TR_NONE. */
static const tt_entry *rows_of(const tr_batch *batch, const tr_dataset *set, uint32_t slot,
                               size_t *count, uint32_t *id) {
    uint32_t item = batch->item[slot];
    *count = set->content.offset[item + 1] - set->content.offset[item];
    *id = set->id_row[item];
    return set->content.entry + set->content.offset[item];
}

static void list_rows(tr_touched *t, tr_batch *batch, const tr_dataset *set) {
    memset(t->mark, 0, set->rows);
    for (uint32_t slot = 0; slot < batch->slots; slot++) {
        size_t count;
        uint32_t id;
        const tt_entry *content = rows_of(batch, set, slot, &count, &id);
        if (id != TR_NONE)
            t->mark[id] = 1;
        for (size_t e = 0; e < count; e++)
            t->mark[content[e].row] = 1;
    }
    batch->rows = list_marked(t, t->row, set->rows);
    batch->row = t->row;
}

/* By counting, as the data's own holders come about, and in the same order. */
static void list_holders(tr_touched *t, tr_batch *batch, const tr_dataset *set) {
    size_t *offset = t->holders.offset, count;
    uint32_t id;
    memset(offset, 0, ((size_t)batch->rows + 2) * sizeof *offset);
    for (uint32_t slot = 0; slot < batch->slots; slot++) {
        const tt_entry *content = rows_of(batch, set, slot, &count, &id);
        if (id != TR_NONE)
            offset[t->place[id] + 2]++;
        for (size_t e = 0; e < count; e++)
            offset[t->place[content[e].row] + 2]++;
    }
    for (size_t r = 2; r <= (size_t)batch->rows + 1; r++)
        offset[r] += offset[r - 1];
    for (uint32_t slot = 0; slot < batch->slots; slot++) {
        const tt_entry *content = rows_of(batch, set, slot, &count, &id);
        if (id != TR_NONE)
            t->holders.entry[offset[t->place[id] + 1]++] =
                (tt_entry){slot, set->id_weight[batch->item[slot]]};
        for (size_t e = 0; e < count; e++)
            t->holders.entry[offset[t->place[content[e].row] + 1]++] =
                (tt_entry){slot, content[e].weight};
    }
    batch->holders = t->holders;
}

void tr_touched_list(tr_touched *t, tr_batch *batch, const tr_dataset *set) {
    if (!t->listed)
        return;
    list_items(t, batch, set->data->items);
    tr_batch_invert(batch);
    list_rows(t, batch, set);
    list_holders(t, batch, set);
}

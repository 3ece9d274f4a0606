/* SPDX-License-Identifier: MIT */
#include "mlp/batch.h"
#include "common/random.h"

#include <stdlib.h>
#include <string.h>

enum { TRIES = 64 };

static tr_status create_side(tr_mlp_side *side, const tr_csr *rows, uint32_t all_rows,
                             uint32_t all_inputs, uint32_t pairs) {
    side->rows = rows;
    side->all = all_inputs;
    side->row = malloc(((size_t)pairs + 1) * sizeof *side->row);
    side->index = malloc(((size_t)all_rows + 1) * sizeof *side->index);
    side->input = malloc(((size_t)all_inputs + 1) * sizeof *side->input);
    int good = tr_csr_create(&side->input_rows, all_inputs, 0);
    if (!good || !side->row || !side->index || !side->input)
        return TR_NO_MEMORY;
    for (uint32_t r = 0; r < all_rows; r++)
        side->index[r] = TR_NONE;
    return TR_OK;
}

static void free_side(tr_mlp_side *side) {
    free(side->row);
    free(side->index);
    free(side->input);
    tr_csr_free(&side->input_rows);
}

tr_status tr_mlp_batch_create(tr_mlp_batch *batch, const tr_mlp_data *set, uint32_t pairs) {
    memset(batch, 0, sizeof *batch);
    batch->set = set;
    batch->max_pairs = pairs;
    size_t capacity = (size_t)pairs + 2;
    const uint32_t rows[TT_TOWERS] = {[TT_USER] = set->data->users, [TT_ITEM] = set->data->items};
    tr_status status = TR_OK;
    for (int t = 0; t < TT_TOWERS && status == TR_OK; t++)
        status = create_side(&batch->side[t], &set->rows[t], rows[t], set->features[t] + 1, pairs);
    batch->pair = malloc(capacity * sizeof *batch->pair);
    batch->drawn = malloc(capacity * sizeof *batch->drawn);
    batch->user_offset = malloc(capacity * sizeof *batch->user_offset);
    batch->item_offset = malloc(capacity * sizeof *batch->item_offset);
    batch->item_pair = malloc(capacity * sizeof *batch->item_pair);
    if (status == TR_OK && batch->pair && batch->drawn && batch->user_offset &&
        batch->item_offset && batch->item_pair)
        return TR_OK;
    tr_mlp_batch_free(batch);
    return TR_NO_MEMORY;
}

void tr_mlp_batch_free(tr_mlp_batch *batch) {
    for (int t = 0; t < TT_TOWERS; t++)
        free_side(&batch->side[t]);
    free(batch->pair);
    free(batch->drawn);
    free(batch->user_offset);
    free(batch->item_offset);
    free(batch->item_pair);
    memset(batch, 0, sizeof *batch);
}

/* ---- What is drawn -------------------------------------------------------------------- */

void tr_mlp_batch_begin(tr_mlp_batch *batch) {
    for (int t = 0; t < TT_TOWERS; t++) {
        tr_mlp_side *side = &batch->side[t];
        for (uint32_t n = 0; n < side->count; n++)
            side->index[side->row[n]] = TR_NONE;
        side->count = 0;
    }
    batch->pairs = 0;
    batch->weights = 0.0;
}

static uint32_t index_of(tr_mlp_side *side, uint32_t row) {
    if (side->index[row] == TR_NONE) {
        side->index[row] = side->count;
        side->row[side->count++] = row;
    }
    return side->index[row];
}

void tr_mlp_batch_pair(tr_mlp_batch *batch, uint32_t user, uint32_t item, float label,
                       float weight) {
    if (batch->pairs == batch->max_pairs)
        return;
    batch->drawn[batch->pairs++] =
        (tr_mlp_pair){index_of(&batch->side[TT_USER], user), index_of(&batch->side[TT_ITEM], item),
                      label, weight};
    batch->weights += (double)weight;
}

static void add_negatives(tr_mlp_batch *batch, uint32_t user, float weight, uint64_t key) {
    uint32_t items = batch->set->data->items;
    for (uint32_t n = 0; n < batch->set->negatives[user]; n++)
        for (uint32_t i = 0; i < TRIES; i++) {
            uint64_t drawn = tr_random(key, (uint64_t)batch->pairs * TRIES + i) >> 32;
            uint32_t item = (uint32_t)(drawn * items >> 32);
            if (tr_mlp_seen(batch->set, user, item))
                continue;
            tr_mlp_batch_pair(batch, user, item, 0.0f, weight);
            break;
        }
}

void tr_mlp_batch_example(tr_mlp_batch *batch, uint32_t user, uint32_t item, float label,
                          float weight, uint64_t key) {
    tr_mlp_batch_pair(batch, user, item, label, weight);
    if (label > 0.0f)
        add_negatives(batch, user, weight, key);
}

void tr_mlp_batch_add(tr_mlp_batch *batch, uint32_t example, uint64_t key) {
    const tr_pair *pair = &batch->set->data->pair[example];
    tr_mlp_batch_example(batch, pair->user, pair->item, pair->label == TT_LIKED ? 1.0f : 0.0f,
                         pair->weight, key);
}

/* ---- What is made of it ------------------------------------------------------------------ */

/* Counting sort of the pairs by user, and of their places by item. */
static void group_pairs(tr_mlp_batch *batch) {
    uint32_t users = batch->side[TT_USER].count, items = batch->side[TT_ITEM].count;
    memset(batch->user_offset, 0, ((size_t)users + 2) * sizeof *batch->user_offset);
    memset(batch->item_offset, 0, ((size_t)items + 2) * sizeof *batch->item_offset);
    for (uint32_t p = 0; p < batch->pairs; p++) {
        batch->user_offset[batch->drawn[p].user + 1]++;
        batch->item_offset[batch->drawn[p].item + 1]++;
    }
    for (uint32_t n = 0; n < users; n++)
        batch->user_offset[n + 1] += batch->user_offset[n];
    for (uint32_t n = 0; n < items; n++)
        batch->item_offset[n + 1] += batch->item_offset[n];
    /* Each list is filled from its start, which then is where the next begins. */
    for (uint32_t p = 0; p < batch->pairs; p++)
        batch->pair[batch->user_offset[batch->drawn[p].user]++] = batch->drawn[p];
    for (uint32_t p = 0; p < batch->pairs; p++)
        batch->item_pair[batch->item_offset[batch->pair[p].item]++] = p;
    memmove(batch->user_offset + 1, batch->user_offset, users * sizeof *batch->user_offset);
    memmove(batch->item_offset + 1, batch->item_offset, items * sizeof *batch->item_offset);
    batch->user_offset[0] = batch->item_offset[0] = 0;
}

static int reserve_entries(tr_mlp_side *side) {
    size_t all = 0;
    for (uint32_t n = 0; n < side->count; n++)
        all += side->rows->offset[side->row[n] + 1] - side->rows->offset[side->row[n]];
    if (all <= side->capacity)
        return 1;
    free(side->input_rows.entry);
    side->capacity = all + all / 4;
    side->input_rows.entry = malloc((side->capacity + 1) * sizeof *side->input_rows.entry);
    if (!side->input_rows.entry)
        side->capacity = 0;
    return side->input_rows.entry != NULL;
}

/* Transposes rows -> inputs. */
static void invert(tr_mlp_side *side) {
    const tt_entry *entry = side->rows->entry;
    const size_t *offset = side->rows->offset;
    tr_csr_begin(&side->input_rows, side->all);
    for (uint32_t n = 0; n < side->count; n++)
        for (size_t e = offset[side->row[n]]; e < offset[side->row[n] + 1]; e++)
            tr_csr_count(&side->input_rows, entry[e].row);
    side->inputs = 0;
    for (uint32_t i = 0; i < side->all; i++)
        if (side->input_rows.offset[(size_t)i + 2] > 0)
            side->input[side->inputs++] = i;
    tr_csr_offsets(&side->input_rows, side->all);
    for (uint32_t n = 0; n < side->count; n++)
        for (size_t e = offset[side->row[n]]; e < offset[side->row[n] + 1]; e++)
            tr_csr_add(&side->input_rows, entry[e].row, (tt_entry){n, entry[e].weight});
}

tr_status tr_mlp_batch_end(tr_mlp_batch *batch) {
    group_pairs(batch);
    for (int t = 0; t < TT_TOWERS; t++) {
        if (!reserve_entries(&batch->side[t]))
            return TR_NO_MEMORY;
        invert(&batch->side[t]);
    }
    return TR_OK;
}

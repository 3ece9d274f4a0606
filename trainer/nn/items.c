/* SPDX-License-Identifier: MIT */
#include "data/random.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "nn/net.h"

#include <string.h>

/* Whether the item tower sees the id of candidate `item` in this step. */
static int sees_id(const tr_net *net, uint32_t item) {
    const tr_chance *chance = &net->batch->chance;
    uint64_t key = tr_random_key(chance->seed, chance->step, TR_DRAW_ID);
    return net->set->id_row[item] != TR_NONE && tr_uniform(key, item) >= chance->id_dropout;
}

static void fill_candidate(tr_net *net, uint32_t item, const float *content, const float *id) {
    const tr_dataset *set = net->set;
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_ITEM];
    uint32_t numerics = set->numerics[TT_ITEM];
    float *input = net->item_input + (size_t)set->place[item] * width;
    memcpy(input, content, dim * sizeof *input);
    if (sees_id(net, item))
        tr_add_scaled(input, id, 1.0f, dim);
    memcpy(input + dim, set->numeric[TT_ITEM] + (size_t)item * numerics, numerics * sizeof *input);
    input[width - 1] = 1.0f;
}

static void gather_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_dataset *set = net->set;
    uint32_t dim = net->shape.dim, items = set->data->items;
    const float *table = net->weight + net->shape.table;
    uint32_t end = tr_part_begin(items, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(items, TR_PARTS, part); i < end; i++) {
        float *sum = net->history + (size_t)i * dim;
        memset(sum, 0, dim * sizeof *sum);
        for (size_t e = set->content.offset[i]; e < set->content.offset[i + 1]; e++) {
            tt_entry entry = set->content.entry[e];
            tr_add_scaled(sum, table + (size_t)entry.row * dim, entry.weight, dim);
        }
        const float *id = set->id_row[i] != TR_NONE ? table + (size_t)set->id_row[i] * dim : NULL;
        if (set->place[i] != TR_NONE)
            fill_candidate(net, i, sum, id);
        if (id)
            tr_add_scaled(sum, id, 1.0f, dim);
    }
}

static void normalise_part(void *context, uint32_t part) {
    tr_net *net = context;
    uint32_t dim = net->shape.dim, count = net->set->candidates;
    uint32_t end = tr_part_begin(count, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(count, TR_PARTS, part); i < end; i++)
        net->item_inverse[i] = tr_normalise(net->item_out + (size_t)i * dim, dim);
}

void tr_items_forward(tr_net *net) {
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_ITEM];
    tr_pool_run(net->pool, gather_part, net, TR_PARTS);
    tr_matmul(net->pool, net->item_out, dim, tr_rows_of(net->item_input, width),
              tr_rows_of(net->weight + net->shape.item, dim), net->set->candidates, dim, width, 0);
    tr_pool_run(net->pool, normalise_part, net, TR_PARTS);
}

static void unit_part(void *context, uint32_t part) {
    tr_net *net = context;
    uint32_t dim = net->shape.dim, count = net->set->candidates;
    uint32_t end = tr_part_begin(count, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(count, TR_PARTS, part); i < end; i++)
        tr_unit_backward(net->item_gradient + (size_t)i * dim, net->item_out + (size_t)i * dim,
                         net->item_inverse[i], dim);
}

/* The gradients of each item's history vector and of its content sum. */
static void scatter_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_dataset *set = net->set;
    const tr_batch *batch = net->batch;
    uint32_t dim = net->shape.dim, items = set->data->items;
    uint32_t end = tr_part_begin(items, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(items, TR_PARTS, part); i < end; i++) {
        float *sum = net->history + (size_t)i * dim, *content = net->content + (size_t)i * dim;
        memset(sum, 0, dim * sizeof *sum);
        for (size_t e = batch->shower_offset[i]; e < batch->shower_offset[i + 1]; e++)
            tr_add_scaled(sum, net->bag_gradient + (size_t)batch->shower[e].row * dim,
                          batch->shower[e].weight, dim);
        memcpy(content, sum, dim * sizeof *sum);
        if (set->place[i] != TR_NONE)
            tr_add_scaled(content,
                          net->item_input + (size_t)set->place[i] * net->shape.width[TT_ITEM], 1.0f,
                          dim);
    }
}

static void add_holder(const tr_net *net, float *sum, uint32_t row, tt_entry holder) {
    const tr_dataset *set = net->set;
    uint32_t item = holder.row;
    size_t dim = net->shape.dim;
    /* A dropped id has no part in the item tower; outside it both are the same. */
    int whole = row >= set->id_rows || sees_id(net, item);
    const float *from = whole ? net->content : net->history;
    tr_add_scaled(sum, from + item * dim, holder.weight, dim);
}

static void table_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_lists_of *holders = &net->set->holders;
    uint32_t dim = net->shape.dim, rows = net->shape.rows;
    uint32_t end = tr_part_begin(rows, TR_PARTS, part + 1);
    for (uint32_t r = tr_part_begin(rows, TR_PARTS, part); r < end; r++) {
        float *sum = net->gradient + net->shape.table + (size_t)r * dim;
        memset(sum, 0, dim * sizeof *sum);
        for (size_t e = holders->offset[r]; e < holders->offset[r + 1]; e++)
            add_holder(net, sum, r, holders->entry[e]);
    }
}

void tr_items_backward(tr_net *net) {
    const tr_shape *shape = &net->shape;
    uint32_t dim = shape->dim, width = shape->width[TT_ITEM], count = net->set->candidates;
    tr_pool_run(net->pool, unit_part, net, TR_PARTS);
    tr_matmul(net->pool, net->gradient + shape->item, dim, tr_transposed(net->item_input, width),
              tr_rows_of(net->item_gradient, dim), width, dim, count, 0);
    tr_matmul(net->pool, net->item_input, width, tr_rows_of(net->item_gradient, dim),
              tr_transposed(net->weight + shape->item, dim), count, dim, dim, 0);
    tr_pool_run(net->pool, scatter_part, net, TR_PARTS);
    tr_pool_run(net->pool, table_part, net, TR_PARTS);
}

/* SPDX-License-Identifier: MIT */
#include "common/random.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "shared/net.h"

#include <string.h>

/* Whether the item tower sees the id of candidate `item` in this step. */
static int sees_id(const tr_net *net, uint32_t item) {
    const tr_dropout *dropout = &net->batch->dropout;
    uint64_t key = tr_random_key(dropout->seed, dropout->step, TR_DRAW_ID);
    return net->set->id_row[item] != TR_NONE && tr_uniform(key, item) >= dropout->id_dropout;
}

static void fill_candidate(tr_net *net, uint32_t item, const float *content, const float *id) {
    const tr_dataset *set = net->set;
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_ITEM];
    uint32_t numerics = set->numerics[TT_ITEM];
    float *input = net->item_input + (size_t)net->batch->candidate_index[item] * width;
    memcpy(input, content, dim * sizeof *input);
    if (sees_id(net, item))
        tr_add_scaled(input, id, set->id_weight[item], dim);
    memcpy(input + dim, set->numeric[TT_ITEM] + (size_t)item * numerics, numerics * sizeof *input);
    input[width - 1] = 1.0f;
}

/* Whether the item of a n has a part in this step. */
static int is_used(const tr_net *net, uint32_t n) {
    const size_t *offset = net->batch->item_bags.offset + n;
    return net->batch->candidate_index[tr_active_item(net->batch, n)] != TR_NONE ||
           offset[1] > offset[0];
}

/* The rows of an item's tokens lie anywhere in the table. */
static void prefetch_content(const tr_net *net, uint32_t n) {
    const tr_csr *content = &net->set->content;
    const float *table = net->weight + net->shape.table;
    if (n == net->batch->active_items || !is_used(net, n))
        return;
    uint32_t item = tr_active_item(net->batch, n);
    for (size_t e = content->offset[item]; e < content->offset[item + 1]; e++)
        tr_prefetch(table + (size_t)content->entry[e].row * net->shape.dim, net->shape.dim);
}

static void gather_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_dataset *set = net->set;
    uint32_t dim = net->shape.dim, items = net->batch->active_items;
    const float *table = net->weight + net->shape.table;
    uint32_t end = tr_part_begin(items, TR_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(items, TR_PARTS, part); n < end; n++) {
        prefetch_content(net, n + 1);
        if (!is_used(net, n))
            continue;
        uint32_t i = tr_active_item(net->batch, n);
        float *sum = net->history + (size_t)n * dim;
        size_t begin = set->content.offset[i], count = set->content.offset[i + 1] - begin;
        memset(sum, 0, dim * sizeof *sum);
        tr_gather(sum, table, dim, set->content.entry + begin, count);
        const float *id = set->id_row[i] != TR_NONE ? table + (size_t)set->id_row[i] * dim : NULL;
        if (net->batch->candidate_index[i] != TR_NONE)
            fill_candidate(net, i, sum, id);
        if (id)
            tr_add_scaled(sum, id, set->id_weight[i], dim);
    }
}

static void normalise_part(void *context, uint32_t part) {
    tr_net *net = context;
    uint32_t dim = net->shape.dim, count = net->batch->candidates;
    uint32_t end = tr_part_begin(count, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(count, TR_PARTS, part); i < end; i++)
        net->item_inverse[i] = tr_normalise(net->item_out + (size_t)i * dim, dim);
}

void tr_items_forward(tr_net *net) {
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_ITEM];
    tr_pool_run(net->pool, gather_part, net, TR_PARTS);
    tr_matmul(net->pool, net->item_out, dim, tr_rows_of(net->item_input, width),
              tr_rows_of(net->weight + net->shape.item, dim), net->batch->candidates, dim, width,
              0);
    tr_pool_run(net->pool, normalise_part, net, TR_PARTS);
}

static void unit_part(void *context, uint32_t part) {
    tr_net *net = context;
    uint32_t dim = net->shape.dim, count = net->batch->candidates;
    uint32_t end = tr_part_begin(count, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(count, TR_PARTS, part); i < end; i++)
        tr_unit_backward(net->item_gradient + (size_t)i * dim, net->item_out + (size_t)i * dim,
                         net->item_inverse[i], dim);
}

/* Whether the gradients of a n's history vector and of its content sum
 * differ: the item tower sees the content, but not the id. */
static int differ(const tr_net *net, uint32_t n) {
    uint32_t item = tr_active_item(net->batch, n);
    return net->batch->candidate_index[item] != TR_NONE && !sees_id(net, item);
}

/* The gradient of each item's content sum, and where it differs that of its
 * history vector. */
static void scatter_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_batch *batch = net->batch;
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_ITEM];
    uint32_t end = tr_part_begin(batch->active_items, TR_PARTS, part + 1);
    for (uint32_t i = tr_part_begin(batch->active_items, TR_PARTS, part); i < end; i++) {
        if (!is_used(net, i))
            continue;
        float *sum = net->content + (size_t)i * dim;
        size_t begin = batch->item_bags.offset[i], count = batch->item_bags.offset[i + 1] - begin;
        memset(sum, 0, dim * sizeof *sum);
        tr_gather(sum, net->bag_gradient, dim, batch->item_bags.entry + begin, count);
        if (differ(net, i))
            memcpy(net->history + (size_t)i * dim, sum, dim * sizeof *sum);
        uint32_t candidate = batch->candidate_index[tr_active_item(batch, i)];
        if (candidate != TR_NONE)
            tr_add_scaled(sum, net->item_input + (size_t)candidate * width, 1.0f, dim);
    }
}

/* sum += the gradients of the row_items of a row of tokens, or of an id. */
static void add_row_items(const tr_net *net, float *sum, const tt_entry *entry, size_t count,
                          int is_id) {
    uint32_t dim = net->shape.dim;
    tt_entry used[64];
    size_t n = 0;
    for (size_t e = 0; e < count; e++) {
        if (!is_used(net, entry[e].row))
            continue;
        /* A dropped id has no part in the item tower. */
        if (is_id && differ(net, entry[e].row)) {
            tr_gather(sum, net->history, dim, &entry[e], 1);
            continue;
        }
        tr_prefetch(net->content + (size_t)entry[e].row * dim, dim);
        used[n++] = entry[e];
        if (n == sizeof used / sizeof *used) {
            tr_gather(sum, net->content, dim, used, n);
            n = 0;
        }
    }
    tr_gather(sum, net->content, dim, used, n);
}

static void table_part(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_batch *batch = net->batch;
    const tr_csr *row_items = &batch->row_items;
    uint32_t dim = net->shape.dim, end = tr_part_begin(batch->active_rows, TR_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(batch->active_rows, TR_PARTS, part); n < end; n++) {
        float *sum = net->gradient + net->shape.table + (size_t)n * dim;
        size_t begin = row_items->offset[n], count = row_items->offset[n + 1] - begin;
        uint32_t row = batch->active_row ? batch->active_row[n] : n;
        memset(sum, 0, dim * sizeof *sum);
        add_row_items(net, sum, row_items->entry + begin, count, row < net->set->id_rows);
    }
}

void tr_items_backward(tr_net *net) {
    const tr_shape *shape = &net->shape;
    uint32_t dim = shape->dim, width = shape->width[TT_ITEM], count = net->batch->candidates;
    tr_pool_run(net->pool, unit_part, net, TR_PARTS);
    tr_matmul(net->pool, net->gradient + shape->item, dim, tr_transposed(net->item_input, width),
              tr_rows_of(net->item_gradient, dim), width, dim, count, 0);
    tr_matmul(net->pool, net->item_input, width, tr_rows_of(net->item_gradient, dim),
              tr_transposed(net->weight + shape->item, dim), count, dim, dim, 0);
    tr_pool_run(net->pool, scatter_part, net, TR_PARTS);
    tr_pool_run(net->pool, table_part, net, TR_PARTS);
}

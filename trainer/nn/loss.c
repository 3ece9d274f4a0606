/* SPDX-License-Identifier: MIT */
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "nn/net.h"

#include <string.h>

/* The loss of one user of the block; its scores (cosines) become the gradient
 * of the loss by them. */
static void score_user(void *context, uint32_t part) {
    tr_net *net = context;
    const tr_batch *batch = net->batch;
    uint32_t n = net->top + part, count = net->set->candidates;
    uint32_t begin = batch->target_offset[n], end = batch->target_offset[n + 1];
    float *row = net->score + (size_t)part * count, weight = batch->weight[n];
    net->user_loss[n] = 0.0;
    if (begin == end) {
        memset(row, 0, count * sizeof *row);
        return;
    }
    double targets = 0.0, sum;
    for (uint32_t i = begin; i < end; i++)
        targets += (double)(net->scale * row[batch->target[i]]);
    double greatest = (double)tr_row_exp(row, net->scale, count, &sum), all = end - begin;
    net->user_loss[n] = (double)weight * (all * (greatest + tr_log(sum)) - targets);
    if (!net->gradient)
        return;
    float pull = weight * net->scale;
    tr_scale(row, (float)((double)pull * all / sum), count);
    for (uint32_t i = begin; i < end; i++)
        row[batch->target[i]] -= pull;
}

static void block_gradients(tr_net *net) {
    uint32_t dim = net->shape.dim, count = net->set->candidates;
    const float *users = net->user_out + (size_t)net->top * dim;
    tr_matmul(net->pool, net->user_gradient + (size_t)net->top * dim, dim,
              tr_rows_of(net->score, count), tr_rows_of(net->item_out, dim), net->high, dim, count,
              0);
    tr_matmul(net->pool, net->item_gradient, dim, tr_transposed(net->score, count),
              tr_rows_of(users, dim), count, dim, net->high, net->top > 0);
}

double tr_loss(tr_net *net) {
    uint32_t dim = net->shape.dim, count = net->set->candidates, users = net->batch->users;
    double loss = 0.0, by_scale = 0.0;
    for (net->top = 0; net->top < users; net->top += net->high) {
        net->high = users - net->top < net->block ? users - net->top : net->block;
        tr_matmul(net->pool, net->score, count,
                  tr_rows_of(net->user_out + (size_t)net->top * dim, dim),
                  tr_transposed(net->item_out, dim), net->high, count, dim, 0);
        tr_pool_run(net->pool, score_user, net, net->high);
        if (net->gradient)
            block_gradients(net);
    }
    for (uint32_t n = 0; n < users; n++) {
        loss += net->user_loss[n];
        /* d loss / d log scale = sum of scores times their gradients = u . du */
        if (net->gradient)
            by_scale += (double)tr_dot(net->user_out + (size_t)n * dim,
                                       net->user_gradient + (size_t)n * dim, dim);
    }
    if (net->gradient)
        net->gradient[net->shape.log_scale] = (float)by_scale;
    return loss;
}

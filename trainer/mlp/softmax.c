/* SPDX-License-Identifier: MIT */
/*
 * Softmax over the batch's items with the logQ correction: an item's logit is
 * z = scale * cos - log q, q its chance of being in a batch, so that the sum of
 * e^z over the batch is an unbiased estimate of that over all items (Yi et al.,
 * "Sampling-bias-corrected neural modeling", RecSys 2019).  Items that the user
 * has in train are left out of the sum, but for the target itself:
 *     loss = weight * (log(sum of the others + e^z of the target) - z)
 */
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "mlp/net.h"

static const float never = -1e30f;

/* Puts z into the row, `never` where the user has the item; the max z of
 * all, targets included. */
static float correct(const tr_mlp *net, uint32_t n, float *row, float *target) {
    const tr_mlp_batch *batch = net->batch;
    const tr_mlp_data *set = batch->set;
    const tr_mlp_side *items = &batch->side[TT_ITEM];
    uint32_t begin = batch->user_offset[n], end = batch->user_offset[n + 1];
    uint32_t user = batch->side[TT_USER].row[n];
    float max = never;
    for (uint32_t c = 0; c < items->count; c++)
        row[c] = net->scale * row[c] - set->log_q[items->row[c]];
    for (uint32_t p = begin; p < end; p++)
        target[p - begin] = row[batch->pair[p].item];
    for (size_t i = set->seen_offset[user]; i < set->seen_offset[user + 1]; i++)
        if (items->index[set->seen[i]] != TR_NONE)
            row[items->index[set->seen[i]]] = never;
    for (uint32_t p = begin; p < end; p++) {
        row[batch->pair[p].item] = never;
        max = target[p - begin] > max ? target[p - begin] : max;
    }
    for (uint32_t c = 0; c < items->count; c++)
        max = row[c] > max ? row[c] : max;
    return max;
}

static double exponents(float *row, uint32_t count, float max) {
    double sum = 0.0;
    for (uint32_t c = 0; c < count; c++) {
        row[c] = row[c] == never ? 0.0f : tr_exp(row[c] - max);
        sum += (double)row[c];
    }
    return sum;
}

static void score_user(tr_mlp *net, uint32_t n) {
    const tr_mlp_batch *batch = net->batch;
    uint32_t count = batch->side[TT_ITEM].count;
    uint32_t begin = batch->user_offset[n], end = batch->user_offset[n + 1];
    float *row = net->score + (size_t)n * count, *target = net->target + begin;
    float max = correct(net, n, row, target);
    double others = exponents(row, count, max), loss = 0.0, pulls = 0.0;
    for (uint32_t p = begin; p < end; p++) {
        float own = tr_exp(target[p - begin] - max);
        double sum = others + (double)own, share = (double)batch->pair[p].weight / batch->weights;
        loss += share * (tr_log(sum) - (double)(target[p - begin] - max));
        pulls += share / sum;
        target[p - begin] = (float)(share * ((double)own / sum - 1.0));
    }
    tr_scale(row, (float)pulls * net->scale, count);
    for (uint32_t p = begin; p < end; p++)
        row[batch->pair[p].item] += target[p - begin] * net->scale;
    net->loss[n] = loss;
}

static void users_part(void *context, uint32_t part) {
    tr_mlp *net = context;
    uint32_t count = net->batch->side[TT_USER].count;
    uint32_t end = tr_part_begin(count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(count, TR_MLP_PARTS, part); n < end; n++)
        score_user(net, n);
}

double tr_mlp_softmax(tr_mlp *net) {
    uint32_t dim = net->shape.dim, users = net->batch->side[TT_USER].count;
    uint32_t items = net->batch->side[TT_ITEM].count;
    tr_view user = tr_rows_of(net->out[TT_USER], dim), item = tr_rows_of(net->out[TT_ITEM], dim);
    double loss = 0.0, by_scale = 0.0;
    tr_matmul(net->pool, net->score, items, user, tr_transposed(net->out[TT_ITEM], dim), users,
              items, dim, 0);
    tr_pool_run(net->pool, users_part, net, TR_MLP_PARTS);
    for (uint32_t n = 0; n < users; n++)
        loss += net->loss[n];
    if (!net->gradient)
        return loss;
    tr_matmul(net->pool, net->change[TT_USER], dim, tr_rows_of(net->score, items), item, users, dim,
              items, 0);
    tr_matmul(net->pool, net->change[TT_ITEM], dim, tr_transposed(net->score, items), user, items,
              dim, users, 0);
    /* d loss / d log scale = sum of scores times their gradients = u . du */
    for (uint32_t n = 0; n < users; n++)
        by_scale += (double)tr_dot(net->out[TT_USER] + (size_t)n * dim,
                                   net->change[TT_USER] + (size_t)n * dim, dim);
    net->gradient[net->shape.log_scale] = (float)by_scale;
    net->gradient[net->shape.bias] = 0.0f;
    return loss;
}

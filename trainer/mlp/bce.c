/* SPDX-License-Identifier: MIT */
/* Binary cross entropy of pairs: weight * log(1 + e^-z) of a like, with
 * z = scale * cos + bias, and weight * log(1 + e^z) of any other. */
#include "kernel/maths.h"
#include "kernel/rows.h"
#include "mlp/net.h"

#include <string.h>

/* log(1 + e^z) of the pair and its slope, from the e^-|z| that both need. */
static double pair_loss(float z, float label, float *slope) {
    float away = tr_exp(z < 0.0f ? z : -z);
    float probability = z < 0.0f ? away / (1.0f + away) : 1.0f / (1.0f + away);
    *slope = probability - label;
    double above = z > 0.0f ? (double)z : 0.0;
    return above + tr_log(1.0 + (double)away) - (double)label * (double)z;
}

static void score_user(tr_mlp *net, uint32_t n) {
    const tr_mlp_batch *batch = net->batch;
    uint32_t dim = net->shape.dim, end = batch->user_offset[n + 1];
    const float *user = net->out[TT_USER] + (size_t)n * dim;
    float *change = net->change[TT_USER] + (size_t)n * dim;
    double loss = 0.0, by_scale = 0.0, by_bias = 0.0;
    memset(change, 0, dim * sizeof *change);
    for (uint32_t p = batch->user_offset[n]; p < end; p++) {
        const tr_mlp_pair *pair = &batch->pair[p];
        const float *item = net->out[TT_ITEM] + (size_t)pair->item * dim;
        float cosine = tr_dot(user, item, dim), slope, share;
        share = (float)((double)pair->weight / batch->weights);
        loss += (double)share * pair_loss(net->scale * cosine + net->bias, pair->label, &slope);
        slope *= share;
        by_bias += (double)slope;
        by_scale += (double)slope * (double)cosine;
        net->score[p] = slope * net->scale;
        tr_add_scaled(change, item, net->score[p], dim);
    }
    net->loss[n] = loss;
    net->by_scale[n] = by_scale * (double)net->scale; /* by the logarithm of the scale */
    net->by_bias[n] = by_bias;
}

static void users_part(void *context, uint32_t part) {
    tr_mlp *net = context;
    uint32_t count = net->batch->side[TT_USER].count;
    uint32_t end = tr_part_begin(count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(count, TR_MLP_PARTS, part); n < end; n++)
        score_user(net, n);
}

static void items_part(void *context, uint32_t part) {
    tr_mlp *net = context;
    const tr_mlp_batch *batch = net->batch;
    uint32_t dim = net->shape.dim, count = batch->side[TT_ITEM].count;
    uint32_t end = tr_part_begin(count, TR_MLP_PARTS, part + 1);
    for (uint32_t n = tr_part_begin(count, TR_MLP_PARTS, part); n < end; n++) {
        float *change = net->change[TT_ITEM] + (size_t)n * dim;
        memset(change, 0, dim * sizeof *change);
        for (uint32_t i = batch->item_offset[n]; i < batch->item_offset[n + 1]; i++) {
            uint32_t p = batch->item_pair[i];
            tr_add_scaled(change, net->out[TT_USER] + (size_t)batch->pair[p].user * dim,
                          net->score[p], dim);
        }
    }
}

double tr_mlp_bce(tr_mlp *net) {
    double loss = 0.0, by_scale = 0.0, by_bias = 0.0;
    tr_pool_run(net->pool, users_part, net, TR_MLP_PARTS);
    if (net->gradient)
        tr_pool_run(net->pool, items_part, net, TR_MLP_PARTS);
    for (uint32_t n = 0; n < net->batch->side[TT_USER].count; n++) {
        loss += net->loss[n];
        by_scale += net->by_scale[n];
        by_bias += net->by_bias[n];
    }
    if (net->gradient) {
        net->gradient[net->shape.log_scale] = (float)by_scale;
        net->gradient[net->shape.bias] = (float)by_bias;
    }
    return loss;
}

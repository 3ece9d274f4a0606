/* SPDX-License-Identifier: MIT */
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "shared/net.h"

#include <string.h>

static const float inverse_temperature = 10.0f, distillation_weight = 0.6f;

/* One user of the block. */
typedef struct loss_user {
    float *row;           /* [candidates] cosines, in the end gradients */
    float likes, teacher; /* what each target of weight 1, and all that the teacher says, weigh */
    uint32_t begin, end;  /* targets */
} loss_user;

static loss_user user_loss_of(const tr_net *net, uint32_t part) {
    const tr_batch *batch = net->batch;
    uint32_t n = net->first_user + part;
    int taught = net->gradient && net->teacher;
    return (loss_user){.row = net->score + (size_t)part * net->batch->candidates,
                       .likes = batch->weight[n] * (taught ? 1.0f - distillation_weight : 1.0f),
                       .teacher = taught ? distillation_weight / (float)batch->users : 0.0f,
                       .begin = batch->target_offset[n],
                       .end = batch->target_offset[n + 1]};
}

/* Applies the logQ weights to exp(logit - max) and returns the row sum. */
static double weigh(const tr_net *net, const loss_user *user, float *row, double sum) {
    const tr_batch *batch = net->batch;
    const float *weight = batch->candidate_weight;
    float *own = net->target_exp;
    if (!weight)
        return sum;
    sum = 0.0;
    for (uint32_t i = user->begin; i < user->end; i++) {
        own[i] = row[batch->target[i]];
        sum += (double)own[i];
    }
    for (uint32_t i = user->begin; i < user->end; i++)
        row[batch->target[i]] = 0.0f;
    sum += (double)tr_dot(weight, row, batch->candidates);
    for (uint32_t c = 0; c < batch->candidates; c++)
        row[c] *= weight[c];
    for (uint32_t i = user->begin; i < user->end; i++)
        row[batch->target[i]] = own[i];
    return sum;
}

/* The weighed sum of the logits that are wanted.  The teacher's scores become
 * its probabilities times a sum; `pull` is the weight of one. */
static double target_logits(const tr_net *net, const loss_user *user, float *taught, float *pull) {
    double targets = 0.0, sum;
    for (uint32_t i = user->begin; i < user->end; i++)
        targets += (double)(net->scale * user->row[net->batch->target[i]]) *
                   (double)net->batch->target_weight[i];
    targets *= (double)user->likes;
    if (user->teacher > 0.0f) {
        uint32_t count = net->batch->candidates;
        tr_row_exp(taught, inverse_temperature, count, &sum);
        sum = weigh(net, user, taught, sum);
        *pull = (float)((double)(user->teacher * net->scale) / sum);
        targets += (double)*pull * (double)tr_dot(taught, user->row, count);
    }
    return targets;
}

/* The loss of one user of the block; its scores (cosines) become the gradient
 * of the loss by them. */
static void score_user(void *context, uint32_t part) {
    tr_net *net = context;
    uint32_t count = net->batch->candidates;
    loss_user user = user_loss_of(net, part);
    float *taught = net->teacher_score + (size_t)part * count, pull = 0.0f;
    double sum, all = (double)user.likes * tr_target_weights(net->batch, net->first_user + part) +
                      (double)user.teacher;
    net->user_loss[net->first_user + part] = 0.0;
    if (!(all > 0.0)) {
        memset(user.row, 0, count * sizeof *user.row);
        return;
    }
    double targets = target_logits(net, &user, taught, &pull);
    double max = (double)tr_row_exp(user.row, net->scale, count, &sum);
    sum = weigh(net, &user, user.row, sum);
    net->user_loss[net->first_user + part] = all * (max + tr_log(sum)) - targets;
    if (!net->gradient)
        return;
    tr_scale(user.row, (float)((double)net->scale * all / sum), count);
    for (uint32_t i = user.begin; i < user.end; i++)
        user.row[net->batch->target[i]] -= user.likes * net->scale * net->batch->target_weight[i];
    if (user.teacher > 0.0f)
        tr_add_scaled(user.row, taught, -pull, count);
}

/* The teacher's vectors of the batch's candidates. */
static const float *teacher_items(tr_net *net) {
    const tr_batch *batch = net->batch;
    if (!batch->candidate_weight)
        return net->teacher->item;
    for (uint32_t c = 0; c < batch->candidates && net->first_user == 0; c++)
        memcpy(net->teacher_item + (size_t)c * TR_TEACHER_DIM,
               net->teacher->item +
                   (size_t)net->set->candidate_index[batch->candidate[c]] * TR_TEACHER_DIM,
               TR_TEACHER_DIM * sizeof(float));
    return net->teacher_item;
}

/* The teacher's scores of the block. */
static void score_teacher(tr_net *net) {
    uint32_t count = net->batch->candidates;
    if (!net->teacher || !net->gradient)
        return;
    for (uint32_t n = 0; n < net->block_users; n++)
        memcpy(net->teacher_user + (size_t)n * TR_TEACHER_DIM,
               net->teacher->user + (size_t)net->batch->user[net->first_user + n] * TR_TEACHER_DIM,
               TR_TEACHER_DIM * sizeof(float));
    tr_matmul(net->pool, net->teacher_score, count, tr_rows_of(net->teacher_user, TR_TEACHER_DIM),
              tr_transposed(teacher_items(net), TR_TEACHER_DIM), net->block_users, count,
              TR_TEACHER_DIM, 0);
}

static void block_gradients(tr_net *net) {
    uint32_t dim = net->shape.dim, count = net->batch->candidates;
    const float *users = net->user_out + (size_t)net->first_user * dim;
    tr_matmul(net->pool, net->user_gradient + (size_t)net->first_user * dim, dim,
              tr_rows_of(net->score, count), tr_rows_of(net->item_out, dim), net->block_users, dim,
              count, 0);
    tr_matmul(net->pool, net->item_gradient, dim, tr_transposed(net->score, count),
              tr_rows_of(users, dim), count, dim, net->block_users, net->first_user > 0);
}

double tr_loss(tr_net *net) {
    uint32_t dim = net->shape.dim, count = net->batch->candidates, users = net->batch->users;
    double loss = 0.0, by_scale = 0.0;
    for (net->first_user = 0; net->first_user < users; net->first_user += net->block_users) {
        net->block_users =
            users - net->first_user < net->block ? users - net->first_user : net->block;
        tr_matmul(net->pool, net->score, count,
                  tr_rows_of(net->user_out + (size_t)net->first_user * dim, dim),
                  tr_transposed(net->item_out, dim), net->block_users, count, dim, 0);
        score_teacher(net);
        tr_pool_run(net->pool, score_user, net, net->block_users);
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

/* SPDX-License-Identifier: MIT */
#include "shared/net.h"
#include "kernel/maths.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

enum { SCORES = 1 << 22 }; /* of a block, about */

static float *floats(size_t rows, size_t columns, int *good) {
    float *memory = malloc((rows * columns + 1) * sizeof *memory);
    *good &= memory != NULL;
    return memory;
}

tr_status tr_net_create(tr_net *net, tr_pool *pool, const tr_dataset *set, const tr_shape *shape,
                        const tr_teacher *teacher, uint32_t users, const tr_negatives *negatives) {
    memset(net, 0, sizeof *net);
    net->pool = pool;
    net->set = set;
    net->shape = *shape;
    net->teacher = teacher;
    size_t dim = shape->dim, hidden = shape->hidden, items = set->data->items;
    int drawn = negatives && negatives->kind != TR_SAMPLE_NONE;
    size_t candidates = drawn ? negatives->max_candidates : set->candidates;
    net->block = (uint32_t)(SCORES / candidates) < 8 ? 8 : (uint32_t)(SCORES / candidates);
    net->block = net->block < users ? net->block : users;
    int good = 1;
    net->history = floats(items, dim, &good);
    net->content = floats(items, dim, &good);
    net->item_input = floats(candidates, shape->width[TT_ITEM], &good);
    net->item_out = floats(candidates, dim, &good);
    net->item_inverse = floats(candidates, 1, &good);
    net->item_gradient = floats(candidates, dim, &good);
    net->user_input = floats(users, shape->width[TT_USER], &good);
    net->hidden = floats(users, hidden + 1, &good);
    net->user_out = floats(users, dim, &good);
    net->user_inverse = floats(users, 1, &good);
    net->user_gradient = floats(users, dim, &good);
    net->hidden_gradient = floats(users, hidden, &good);
    net->bag_gradient = floats(users, TT_MAX_BAGS * dim, &good);
    net->score = floats(net->block, candidates, &good);
    net->teacher_score = floats(teacher ? net->block : 0, candidates, &good);
    net->teacher_user = floats(teacher ? net->block : 0, TR_TEACHER_DIM, &good);
    net->teacher_item = floats(teacher && drawn ? candidates : 0, TR_TEACHER_DIM, &good);
    net->target_exp = floats(drawn ? negatives->max_targets : 0, 1, &good);
    net->user_loss = malloc((size_t)users * sizeof *net->user_loss);
    if (good && net->user_loss)
        return TR_OK;
    tr_net_free(net);
    return TR_NO_MEMORY;
}

void tr_net_free(tr_net *net) {
    free(net->history);
    free(net->content);
    free(net->item_input);
    free(net->item_out);
    free(net->item_inverse);
    free(net->item_gradient);
    free(net->user_input);
    free(net->hidden);
    free(net->user_out);
    free(net->user_inverse);
    free(net->user_gradient);
    free(net->hidden_gradient);
    free(net->bag_gradient);
    free(net->score);
    free(net->teacher_score);
    free(net->teacher_user);
    free(net->teacher_item);
    free(net->target_exp);
    free(net->user_loss);
    memset(net, 0, sizeof *net);
}

void tr_net_forward(tr_net *net, const tr_batch *batch, const float *weight) {
    net->batch = batch;
    net->weight = weight;
    net->scale = tr_exp(weight[net->shape.log_scale]);
    tr_items_forward(net);
    tr_users_forward(net);
}

double tr_net_step(tr_net *net, const tr_batch *batch, const float *weight, float *gradient) {
    net->gradient = gradient;
    tr_net_forward(net, batch, weight);
    double loss = tr_loss(net);
    if (gradient) {
        tr_users_backward(net);
        tr_items_backward(net);
    }
    return loss;
}

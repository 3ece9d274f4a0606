/* SPDX-License-Identifier: MIT */
#include "common/random.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"
#include "shared/net.h"

#include <string.h>

static void gather_user(void *context, uint32_t n) {
    tr_net *net = context;
    const tr_batch *batch = net->batch;
    uint32_t dim = net->shape.dim, width = net->shape.width[TT_USER];
    uint32_t numerics = net->set->numerics[TT_USER];
    float *input = net->user_input + (size_t)n * width;
    memset(input, 0, width * sizeof *input);
    for (uint32_t bag = n * TT_MAX_BAGS; bag < (n + 1) * TT_MAX_BAGS; bag++) {
        float *sum = input + (bag - n * TT_MAX_BAGS) * dim;
        uint32_t begin = batch->bag_offset[bag], end = batch->bag_offset[bag + 1];
        tr_gather(sum, net->history, dim, batch->bag_entry + begin, end - begin);
    }
    memcpy(input + TT_MAX_BAGS * dim,
           net->set->numeric[TT_USER] + (size_t)batch->user[n] * numerics,
           numerics * sizeof *input);
    input[width - 1] = 1.0f;
}

/* ReLU, then dropout with the kept units scaled up; the constant stays. */
static void activate_user(void *context, uint32_t n) {
    tr_net *net = context;
    const tr_dropout *dropout = &net->batch->dropout;
    uint32_t hidden = net->shape.hidden;
    uint64_t key = tr_random_key(dropout->seed, dropout->step, TR_DRAW_HIDDEN);
    float up = 1.0f / (1.0f - dropout->hidden_dropout);
    float *unit = net->hidden + (size_t)n * (hidden + 1);
    for (uint32_t j = 0; j < hidden; j++) {
        int kept = dropout->hidden_dropout <= 0.0f ||
                   tr_uniform(key, (uint64_t)n * hidden + j) >= dropout->hidden_dropout;
        unit[j] = kept && unit[j] > 0.0f ? unit[j] * up : 0.0f;
    }
    unit[hidden] = 1.0f;
}

static void normalise_user(void *context, uint32_t n) {
    tr_net *net = context;
    net->user_inverse[n] = tr_normalise(net->user_out + (size_t)n * net->shape.dim, net->shape.dim);
}

void tr_users_forward(tr_net *net) {
    const tr_shape *shape = &net->shape;
    uint32_t dim = shape->dim, hidden = shape->hidden, users = net->batch->users;
    uint32_t width = shape->width[TT_USER];
    tr_view input = tr_rows_of(net->user_input, width);
    tr_pool_run(net->pool, gather_user, net, users);
    tr_matmul(net->pool, net->user_out, dim, input, tr_rows_of(net->weight + shape->skip, dim),
              users, dim, width, 0);
    if (hidden > 0) {
        tr_matmul(net->pool, net->hidden, hidden + 1, input,
                  tr_rows_of(net->weight + shape->first, hidden), users, hidden, width, 0);
        tr_pool_run(net->pool, activate_user, net, users);
        tr_matmul(net->pool, net->user_out, dim, tr_rows_of(net->hidden, hidden + 1),
                  tr_rows_of(net->weight + shape->second, dim), users, dim, hidden + 1, 1);
    }
    tr_pool_run(net->pool, normalise_user, net, users);
}

static void unit_user(void *context, uint32_t n) {
    tr_net *net = context;
    size_t dim = net->shape.dim;
    tr_unit_backward(net->user_gradient + n * dim, net->user_out + n * dim, net->user_inverse[n],
                     net->shape.dim);
}

static void deactivate_user(void *context, uint32_t n) {
    tr_net *net = context;
    uint32_t hidden = net->shape.hidden;
    float up = 1.0f / (1.0f - net->batch->dropout.hidden_dropout);
    const float *unit = net->hidden + (size_t)n * (hidden + 1);
    float *gradient = net->hidden_gradient + (size_t)n * hidden;
    for (uint32_t j = 0; j < hidden; j++)
        gradient[j] = unit[j] > 0.0f ? gradient[j] * up : 0.0f;
}

static void hidden_backward(tr_net *net) {
    const tr_shape *shape = &net->shape;
    uint32_t dim = shape->dim, hidden = shape->hidden, users = net->batch->users;
    uint32_t width = shape->width[TT_USER], bags = TT_MAX_BAGS * dim;
    tr_view out = tr_rows_of(net->user_gradient, dim);
    tr_matmul(net->pool, net->gradient + shape->second, dim, tr_transposed(net->hidden, hidden + 1),
              out, hidden + 1, dim, users, 0);
    tr_matmul(net->pool, net->hidden_gradient, hidden, out,
              tr_transposed(net->weight + shape->second, dim), users, hidden, dim, 0);
    tr_pool_run(net->pool, deactivate_user, net, users);
    tr_view inner = tr_rows_of(net->hidden_gradient, hidden);
    tr_matmul(net->pool, net->gradient + shape->first, hidden,
              tr_transposed(net->user_input, width), inner, width, hidden, users, 0);
    tr_matmul(net->pool, net->bag_gradient, bags, inner,
              tr_transposed(net->weight + shape->first, hidden), users, bags, hidden, 1);
}

void tr_users_backward(tr_net *net) {
    const tr_shape *shape = &net->shape;
    uint32_t dim = shape->dim, users = net->batch->users, width = shape->width[TT_USER];
    uint32_t bags = TT_MAX_BAGS * dim;
    tr_pool_run(net->pool, unit_user, net, users);
    tr_view out = tr_rows_of(net->user_gradient, dim);
    tr_matmul(net->pool, net->gradient + shape->skip, dim, tr_transposed(net->user_input, width),
              out, width, dim, users, 0);
    tr_matmul(net->pool, net->bag_gradient, bags, out,
              tr_transposed(net->weight + shape->skip, dim), users, bags, dim, 0);
    if (shape->hidden > 0)
        hidden_backward(net);
}

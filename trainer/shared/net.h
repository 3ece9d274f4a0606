/* SPDX-License-Identifier: MIT */
/* One step: both towers forward, the softmax loss, and backward. */
#ifndef TRAINER_SHARED_NET_H
#define TRAINER_SHARED_NET_H

#include "common/pool.h"
#include "shared/negatives.h"
#include "shared/shape.h"
#include "teacher/ials.h"

/* Working memory of a step.  Every array has one writer per element and step. */
typedef struct tr_net {
    tr_pool *pool;
    const tr_dataset *set;
    tr_shape shape;
    /* Of the current step. */
    const tr_batch *batch;
    const float *weight;
    float *gradient; /* in the layout of the weights; NULL: compute only the loss */
    float scale;     /* of the logits */
    uint32_t first_user, block_users; /* the users whose scores are in `score` */
    /* Items. */
    float *history;       /* [active_items][dim] id row + content; then its gradient */
    float *content;       /* [active_items][dim] gradient of the content sum */
    float *item_input;    /* [candidates][width]; then the gradient of the bag */
    float *item_out;      /* [candidates][dim] unit length */
    float *item_inverse;  /* [candidates] 1 / length before */
    float *item_gradient; /* [candidates][dim] */
    /* Users of the batch. */
    float *user_input;      /* [users][width] */
    float *hidden;          /* [users][hidden + 1] after ReLU and dropout */
    float *user_out;        /* [users][dim] unit length */
    float *user_inverse;    /* [users] */
    float *user_gradient;   /* [users][dim] */
    float *hidden_gradient; /* [users][hidden] */
    float *bag_gradient;    /* [users][3 bags][dim] */
    double *user_loss;      /* [users] */
    /* Scores are computed for a block of users at a time, which bounds the memory. */
    uint32_t block;
    float *score; /* [block][candidates] */
    /* Distillation; NULL: no teacher. */
    const tr_teacher *teacher;
    float *teacher_score; /* [block][candidates] its scores, then its probabilities */
    float *teacher_user;  /* [block][TR_TEACHER_DIM] */
    float *teacher_item;  /* [max_candidates][TR_TEACHER_DIM] where candidates are drawn */
    float *target_exp;    /* [targets of the batch] exp(logit - max) where candidates are drawn */
} tr_net;

/* Allocates for batches of at most `users` users.  teacher NULL: none; negatives NULL: the
 * candidates are those of the data. */
tr_status tr_net_create(tr_net *net, tr_pool *pool, const tr_dataset *set, const tr_shape *shape,
                        const tr_teacher *teacher, uint32_t users, const tr_negatives *negatives);
void tr_net_free(tr_net *net);

/* The loss of a batch under `weight`, over all candidates:
 *     sum over users and targets of -weight * log softmax(scale * cos)
 * With `gradient` it computes the gradient too, and with a teacher the loss is
 *     0.6 of it + 0.4 * mean over users of the sum of -t * log softmax(scale * cos)
 * where t is the softmax of 10 times the teacher's scores. */
double tr_net_step(tr_net *net, const tr_batch *batch, const float *weight, float *gradient);

/* Both towers only: makes net->item_out and net->user_out. */
void tr_net_forward(tr_net *net, const tr_batch *batch, const float *weight);

/* The parts of a step, in their order. */
void tr_items_forward(tr_net *net);
void tr_users_forward(tr_net *net);
double tr_loss(tr_net *net);
void tr_users_backward(tr_net *net);
void tr_items_backward(tr_net *net);

enum { TR_PARTS = 64 }; /* of a loop over items, rows or parameters */

#endif

/* SPDX-License-Identifier: MIT */
/* The plain MLP: per tower sparse features -> hidden layer, ReLU -> embedding,
 * unit length; one step of it over pairs of a user and an item. */
#ifndef TRAINER_MLP_NET_H
#define TRAINER_MLP_NET_H

#include "common/optimiser.h"
#include "mlp/batch.h"

/* Matrices are [in][out].  The last input of every layer is the constant 1, so
 * that the last row of its matrix is the bias. */
typedef struct tr_mlp_shape {
    uint32_t dim, hidden;
    uint32_t inputs[TT_TOWERS]; /* features and the constant */
    size_t second[TT_TOWERS];   /* [hidden + 1][dim] */
    size_t log_scale, bias;     /* logit = e^log_scale * cos + bias */
    size_t dense;               /* all before this have a gradient in every step */
    size_t first[TT_TOWERS];    /* [inputs][hidden] */
    size_t count;
} tr_mlp_shape;

/* `features` are the towers' numbers of features, without the constant. */
tr_mlp_shape tr_mlp_shape_of(uint32_t dim, uint32_t hidden, const uint32_t *features);

/* Uniform weights within 1 / sqrt(the inputs that a row has at once, on average
 * `present` of them), as layers commonly start. */
void tr_mlp_shape_init(const tr_mlp_shape *shape, float *weight, float scale, const float *present,
                       uint64_t seed);

/* Names the arrays of `weight`; returns how many. */
size_t tr_mlp_shape_tensors(const tr_mlp_shape *shape, float *weight, tr_tensor *tensor);

/* Takes the gradient [hidden] of one row of a first layer; rows come in any
 * order and on any thread, each once.  `next` is an input that will soon come. */
typedef void (*tr_mlp_take)(void *context, tt_tower tower, uint32_t input, const float *gradient,
                            uint32_t next);

/* Working memory of a step.  Every array has one writer per element and step. */
typedef struct tr_mlp {
    tr_pool *pool;
    tr_mlp_shape shape;
    uint32_t rows, pairs; /* maxima of a batch */
    const tr_mlp_batch *batch;
    const float *weight;
    float *gradient; /* [shape.dense]; NULL: compute only the loss */
    tr_mlp_take take;
    void *context;
    float scale, bias;
    float *hidden[TT_TOWERS];  /* [rows][hidden + 1] after ReLU; then its gradient */
    float *out[TT_TOWERS];     /* [rows][dim] unit length */
    float *inverse[TT_TOWERS]; /* [rows] 1 / length before */
    float *change[TT_TOWERS];  /* [rows][dim] gradient of out */
    float *slope;              /* [rows][hidden] gradient of hidden */
    float *score;              /* [pairs] gradients by cosines; softmax: [rows][rows] */
    float *target;             /* [pairs] softmax: logits, then gradients */
    float *row;                /* [parts][hidden] gradient rows on their way to `take` */
    double *loss, *by_scale;   /* [rows] per user */
    double *by_bias;
} tr_mlp;

/* Allocates for batches of at most `rows` distinct rows of each tower and `pairs` pairs. */
tr_status tr_mlp_create(tr_mlp *net, tr_pool *pool, const tr_mlp_shape *shape, uint32_t rows,
                        uint32_t pairs, tr_objective loss);
void tr_mlp_free(tr_mlp *net);

/* The loss of a batch under `weight`.  `gradient` [shape.dense] receives the gradient of the
 * second layers, scale and bias; `take` is called with the gradient of each active row of the
 * first layers. */
double tr_mlp_step(tr_mlp *net, const tr_mlp_batch *batch, const float *weight, float *gradient,
                   tr_mlp_take take, void *context);

/* An optimiser of `weight` [shape->count], whose row blocks are the towers' first layers, at a
 * constant rate. */
tr_status tr_mlp_optimiser(tr_optimiser *optimiser, tr_pool *pool, const tr_mlp_shape *shape,
                           float *weight, uint32_t steps, double lr);

/* One training step; returns the loss of the batch.  gradient [shape.dense] is scratch. */
double tr_mlp_train_step(tr_mlp *net, const tr_mlp_batch *batch, tr_optimiser *optimiser,
                         float *gradient);

/* The parts of a step, in their order. */
void tr_mlp_forward(tr_mlp *net);
double tr_mlp_bce(tr_mlp *net);
double tr_mlp_softmax(tr_mlp *net);
void tr_mlp_backward(tr_mlp *net);

enum { TR_MLP_PARTS = 64 }; /* of a loop over rows or inputs */

#endif

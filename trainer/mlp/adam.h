/* SPDX-License-Identifier: MIT */
/*
 * Adam for the plain form.  Only a few rows of the first layers have a gradient
 * in a step, but Adam moves all: the moments decay and the weights follow.  Here
 * a row makes up the steps it has missed just before it is read, to the same
 * bits as if all rows were stepped each time.
 */
#ifndef TRAINER_MLP_ADAM_H
#define TRAINER_MLP_ADAM_H

#include "kernel/rows.h"
#include "mlp/net.h"

typedef struct tr_mlp_adam {
    tr_pool *pool;
    tr_mlp_shape shape;
    float *weight;             /* borrowed */
    float *first, *second;     /* moments */
    float *gradient;           /* [shape.dense] */
    uint32_t *done[TT_TOWERS]; /* [inputs] steps that a row has taken */
    tr_adam *step;             /* [most] the steps so far */
    uint32_t steps, most;
    double power1, power2; /* betas to the power of the steps */
    int lazy;              /* missed steps are not made up */
} tr_mlp_adam;

/* Room for `most` steps of `weight`. */
tr_status tr_mlp_adam_create(tr_mlp_adam *adam, tr_pool *pool, const tr_mlp_shape *shape,
                             float *weight, uint32_t most, int lazy);
void tr_mlp_adam_free(tr_mlp_adam *adam);

/* As after `steps` steps at `lr`, where weight, moments and `done` were restored; 0:
 * `done` is not of so many steps. */
int tr_mlp_adam_resume(tr_mlp_adam *adam, uint32_t steps, double lr);

/* One step on a batch; returns its loss. */
double tr_mlp_adam_step(tr_mlp_adam *adam, tr_mlp *net, const tr_mlp_batch *batch, double lr);

/* Brings all rows up to date, before `weight` is read. */
void tr_mlp_adam_settle(tr_mlp_adam *adam);

#endif

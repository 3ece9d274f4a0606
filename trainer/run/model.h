/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_RUN_MODEL_H
#define TRAINER_RUN_MODEL_H

#include "nn/shape.h"

/* What training leaves: the averaged weights. */
struct tr_model {
    tr_shape shape;
    float *weight; /* [shape.count] */
};

#endif

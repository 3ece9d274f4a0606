/* SPDX-License-Identifier: MIT */
/* A recipe as the loop over the steps of a training sees it. */
#ifndef TRAINER_RUN_RECIPE_H
#define TRAINER_RUN_RECIPE_H

#include "common/pool.h"
#include "run/guess.h"
#include "run/model.h"

/* What every training has; a recipe's own structure begins with it. */
typedef struct tr_course {
    const tr_options *options;
    tr_pool *pool;
    const tr_hooks *hooks;
    int told; /* somebody listens to the losses of the epochs */
    uint32_t steps_per_epoch, steps;
    tr_guess guess;    /* what guessing loses; nothing where that is not known */
    double first_loss; /* of the first step */
    double epoch_loss; /* sum over the epoch's steps so far */
} tr_course;

/* At most so many arrays: weights, averages or the best ones, both moments, and six more. */
enum { TR_STATE_TENSORS = 4 * TR_MODEL_TENSORS + 6 };

typedef struct tr_recipe_table {
    size_t size; /* of the recipe's structure, all 0 at first */
    /* Makes what the steps need, from the pool on, and plans the steps. */
    tr_status (*prepare)(tr_course *course, const tr_data *data, const tr_vocabulary *vocabulary);
    /* Names the arrays that the steps to come depend on, the losses aside. */
    size_t (*tensors)(tr_course *course, tr_tensor *tensor);
    /* Goes on after `step` steps with arrays that were filled; TR_STATE: they cannot be so. */
    tr_status (*resume)(tr_course *course, uint32_t step);
    void (*begin_epoch)(tr_course *course, uint32_t epoch);
    tr_status (*step)(tr_course *course, uint32_t step, double *loss);
    /* After an epoch: its losses beside training's, scale, rate and pairs. */
    tr_status (*end_epoch)(tr_course *course, tr_epoch *told);
    /* After whole epochs: whether those to come would be of no use; NULL: never. */
    int (*is_over)(const tr_course *course, uint32_t epochs);
    /* Puts the shape and the weights, which it gives away, into the model. */
    tr_status (*hand_over)(tr_course *course, tr_model *model);
    void (*finish)(tr_course *course); /* all but the pool */
} tr_recipe_table;

extern const tr_recipe_table tr_recipe_shared, tr_recipe_mlp;

#endif

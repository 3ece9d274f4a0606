/* SPDX-License-Identifier: MIT */
/* A recipe as the training loop sees it: its operations, and what every training and every
 * model has whatever its recipe. */
#ifndef TRAINER_COMMON_RECIPE_H
#define TRAINER_COMMON_RECIPE_H

#include "common/pool.h"
#include "trainer.h"

/* The losses of models that know no user. */
typedef struct tr_baseline {
    double uniform; /* all items score the same */
    double popular; /* items score by popularity */
} tr_baseline;

/* What every training has; a recipe's own structure begins with it. */
typedef struct tr_train_context {
    const tr_options *options;
    tr_pool *pool;
    const tr_hooks *hooks;
    uint32_t steps_per_epoch, steps;
    tr_baseline baseline; /* both 0: unknown, and not judged by */
    double first_loss;    /* of the first step */
    double epoch_loss;    /* sum over the epoch's steps so far */
} tr_train_context;

struct tr_recipe_operations;

/* What every model has; a recipe's own structure begins with it. */
struct tr_model {
    const struct tr_recipe_operations *recipe;
    float *weight; /* [count] owned */
    size_t count;
    size_t log_scale, bias; /* where in `weight`; bias 0: none */
};

/* At most so many arrays: weights, averages or the best ones, both moments, and six more. */
enum { TR_STATE_TENSORS = 4 * TR_MODEL_TENSORS + 6 };

typedef struct tr_recipe_operations {
    size_t size; /* bytes of the recipe's train context, which is all 0 at first */
    /* Allocates what the steps need, and plans the steps. */
    tr_status (*prepare)(tr_train_context *context, const tr_data *data,
                         const tr_vocabulary *vocabulary);
    /* Names the arrays of the state, but for the losses; returns how many. */
    size_t (*tensors)(tr_train_context *context, tr_tensor *tensor);
    /* Continues after `step` steps with restored arrays.  TR_STATE: they are invalid. */
    tr_status (*resume)(tr_train_context *context, uint32_t step);
    void (*begin_epoch)(tr_train_context *context, uint32_t epoch);
    tr_status (*step)(tr_train_context *context, uint32_t step, double *loss);
    /* Completes the report of an epoch: validation losses, scale, rate and pairs. */
    tr_status (*end_epoch)(tr_train_context *context, tr_epoch *report);
    /* Whether to stop early after so many epochs; NULL: never. */
    int (*is_over)(const tr_train_context *context, uint32_t epochs);
    /* A new model that takes over the trained weights; NULL: no memory. */
    tr_model *(*export_weights)(tr_train_context *context);
    void (*finish)(tr_train_context *context); /* frees all but the pool */

    /* Of a model: the weights by name, see tr_model_tensors. */
    size_t (*model_tensors)(const tr_model *model, tr_tensor *tensor);
    /* See tr_embed. */
    int (*embed)(const tr_model *model, tt_tower tower, const tt_features *features, float *out);
    /* Describes `half` [count], the weights in f16, for the core's writer: the table in
     * *weights, and the layers of both towers in tower [TT_TOWERS]. */
    void (*describe)(const tr_model *model, const uint16_t *half, tt_weights *weights,
                     tt_tower_weights *tower);
} tr_recipe_operations;

extern const tr_recipe_operations tr_recipe_shared, tr_recipe_mlp;

#endif

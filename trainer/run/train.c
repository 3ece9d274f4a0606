/* SPDX-License-Identifier: MIT */
/* The loop over steps and epochs, which is the same for every recipe. */
#include "common/recipe.h"
#include "kernel/maths.h"

#include <stdlib.h>

/* A step of Adam moves a weight by its rate at most, and those of a table begin with a deviation
 * of 0.05, those of the plain MLP's second layer within 0.044: a rate above that may throw them
 * anywhere, and is suspected. */
static const float suspected_rate = 0.05f;

/* A training diverges whose mean loss of an epoch is twice that of its first step, when the
 * weights knew nothing, and one more; and at a suspected rate, where in its second half an
 * epoch has less than a tenth of what the items' popularity alone is worth.  Where that is
 * worth nothing, as with one item or one user, there is nothing to judge by. */
static int is_worse(const tr_train_context *c, uint32_t epoch) {
    double loss = c->epoch_loss / c->steps_per_epoch;
    double worth = c->baseline.uniform - c->baseline.popular;
    if (loss > 2.0 * c->first_loss + 1.0)
        return 1;
    return c->options->lr > suspected_rate && epoch > 1 && 2 * epoch >= c->options->epochs &&
           worth > 0.01 && loss > c->baseline.uniform - 0.1 * worth;
}

typedef struct loop {
    const tr_recipe_operations *recipe;
    tr_train_context *context;
    const tr_hooks *hooks;
    tr_tensor tensor[TR_STATE_TENSORS];
    tr_state state;
} loop;

static double not_a_number(void) {
    return (double)tr_from_bits(0x7fc00000u);
}

static tr_status end_epoch(loop *l, uint32_t done) {
    tr_train_context *c = l->context;
    if (is_worse(c, done / c->steps_per_epoch))
        return TR_DIVERGED;
    tr_epoch report = {.epoch = done / c->steps_per_epoch,
                       .epochs = c->options->epochs,
                       .steps = done,
                       .train_loss = c->epoch_loss / c->steps_per_epoch,
                       .val_loss = not_a_number(),
                       .holdout_loss = not_a_number()};
    tr_status status = l->recipe->end_epoch(c, &report);
    if (status == TR_OK && l->hooks->progress &&
        l->hooks->progress(l->hooks->context, done, c->steps, &report) != 0)
        status = TR_STOPPED;
    return status;
}

/* Whether no step follows the `done` ones. */
static int is_last(const loop *l, uint32_t done) {
    const tr_train_context *c = l->context;
    if (done == c->steps)
        return 1;
    return l->recipe->is_over && done > 0 && done % c->steps_per_epoch == 0 &&
           l->recipe->is_over(c, done / c->steps_per_epoch);
}

static tr_status save(loop *l, uint32_t done) {
    l->state.step = done;
    l->state.epoch = done / l->context->steps_per_epoch;
    l->state.last = is_last(l, done);
    if (l->hooks->save && l->hooks->save(l->hooks->context, &l->state) != 0)
        return TR_STOPPED;
    return TR_OK;
}

/* Reports the step that makes `done`, and lets the state be saved. */
static tr_status report_step(loop *l, uint32_t done) {
    const tr_hooks *hooks = l->hooks;
    if (hooks->progress && hooks->progress(hooks->context, done, l->context->steps, NULL) != 0)
        return TR_STOPPED;
    tr_status status = TR_OK;
    if (done % l->context->steps_per_epoch == 0)
        status = end_epoch(l, done);
    return status == TR_OK ? save(l, done) : status;
}

static tr_status run_steps(loop *l) {
    tr_train_context *c = l->context;
    tr_status status = TR_OK;
    for (uint32_t step = l->state.step; !l->state.last && status == TR_OK; step++) {
        if (step % c->steps_per_epoch == 0) {
            l->recipe->begin_epoch(c, step / c->steps_per_epoch);
            c->epoch_loss = 0.0;
        }
        double loss;
        status = l->recipe->step(c, step, &loss);
        if (status == TR_OK && !(loss > -1.0 && loss < 1e30)) /* 0 may be a little less */
            status = TR_DIVERGED;
        c->first_loss = step == 0 ? loss : c->first_loss;
        c->epoch_loss += loss;
        if (status == TR_OK)
            status = report_step(l, step + 1);
    }
    return status;
}

static tr_status restore(loop *l) {
    tr_train_context *c = l->context;
    l->state = (tr_state){.steps = c->steps, .tensor = l->tensor};
    l->state.tensors = l->recipe->tensors(c, l->tensor);
    l->tensor[l->state.tensors++] = (tr_tensor){"first_loss", TR_F64, 1, 1, 0, &c->first_loss};
    l->tensor[l->state.tensors++] = (tr_tensor){"epoch_loss", TR_F64, 1, 1, 0, &c->epoch_loss};
    if (!l->hooks->restore)
        return TR_OK;
    if (l->hooks->restore(l->hooks->context, &l->state) != 0)
        return TR_STOPPED;
    if (l->state.step > c->steps)
        return TR_STATE;
    tr_status status = l->state.step > 0 ? l->recipe->resume(c, l->state.step) : TR_OK;
    /* A training that was stopped after its last step takes none any more. */
    if (status == TR_OK && is_last(l, l->state.step))
        status = save(l, l->state.step);
    return status;
}

static tr_status make_model(loop *l, tr_model **model) {
    tr_model *made = l->recipe->export_weights(l->context);
    tr_status status = made ? TR_OK : TR_NO_MEMORY;
    for (size_t i = 0; status == TR_OK && i < made->count; i++)
        if (!tr_finite(made->weight[i]))
            status = TR_DIVERGED;
    if (status == TR_OK)
        *model = made;
    else
        tr_model_free(made);
    return status;
}

tr_status tr_train_with(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                        const tr_options *options, const tr_hooks *hooks) {
    loop l = {.recipe = options->recipe == TR_MLP ? &tr_recipe_mlp : &tr_recipe_shared,
              .hooks = hooks};
    tr_train_context *c = l.context = calloc(1, l.recipe->size);
    if (!c)
        return TR_NO_MEMORY;
    c->options = options;
    c->hooks = hooks;
    c->pool = tr_pool_create(options->threads);
    tr_status status = c->pool ? l.recipe->prepare(c, data, vocabulary) : TR_NO_THREADS;
    if (status == TR_OK)
        status = restore(&l);
    if (status == TR_OK)
        status = run_steps(&l);
    if (status == TR_OK)
        status = make_model(&l, model);
    l.recipe->finish(c);
    tr_pool_free(c->pool);
    free(c);
    return status;
}

tr_status tr_train(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                   const tr_options *options, tr_progress progress, void *context) {
    const tr_hooks hooks = {.progress = progress, .context = context};
    return tr_train_with(model, data, vocabulary, options, &hooks);
}

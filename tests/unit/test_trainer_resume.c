/* SPDX-License-Identifier: MIT */
/* A training that stops after any step and goes on gives the same model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/test_trainer_toy.h"

enum { MOST_TENSORS = 40 };

/* The state of one step, copied; or the wish to stop after it. */
typedef struct saved {
    uint32_t stop_after; /* 0: never */
    uint32_t step, steps_seen;
    size_t tensors;
    char name[MOST_TENSORS][32];
    size_t size[MOST_TENSORS];
    void *data[MOST_TENSORS];
    uint32_t break_order;
} saved;

static size_t size_of(const tr_tensor *tensor) {
    size_t element = tensor->type == TR_F64 ? 8 : 4;
    return (size_t)tensor->rows * tensor->columns * element;
}

static int save(void *context, const tr_state *state) {
    saved *to = context;
    to->steps_seen++;
    assert_true(state->step <= state->steps);
    if (state->step != to->stop_after)
        return 0;
    assert_true(state->tensors <= MOST_TENSORS);
    to->step = state->step;
    to->tensors = state->tensors;
    for (size_t i = 0; i < state->tensors; i++) {
        const tr_tensor *from = &state->tensor[i];
        memcpy(to->name[i], from->name, sizeof from->name);
        to->size[i] = size_of(from);
        to->data[i] = malloc(to->size[i] + 1);
        assert_non_null(to->data[i]);
        memcpy(to->data[i], from->data, to->size[i]);
    }
    return 1;
}

static int restore(void *context, tr_state *state) {
    saved *from = context;
    assert_int_equal(state->tensors, from->tensors);
    for (size_t i = 0; i < from->tensors; i++) {
        const tr_tensor *to = &state->tensor[i];
        assert_string_equal(to->name, from->name[i]);
        assert_int_equal(size_of(to), from->size[i]);
        memcpy(to->data, from->data[i], from->size[i]);
        if (from->break_order && !strcmp(to->name, "order"))
            ((uint32_t *)to->data)[1] =
                from->break_order == 1 ? ((uint32_t *)to->data)[0] : 1u << 30;
    }
    state->step = from->step;
    from->stop_after = 0;
    from->steps_seen = 0;
    return 0;
}

static void forget(saved *of) {
    for (size_t i = 0; i < of->tensors; i++)
        free(of->data[i]);
    of->tensors = 0;
}

static tr_options options_of(uint32_t threads) {
    tr_options options = toy_options();
    options.epochs = 3;
    options.threads = threads;
    return options;
}

/* All averaged weights, one after the other. */
static float *weights_of(const tr_model *model, size_t *count) {
    tr_tensor tensor[TR_MODEL_TENSORS];
    size_t tensors = tr_model_tensors(model, tensor);
    float *all = NULL;
    *count = 0;
    for (size_t i = 0; i < tensors; i++) {
        size_t n = (size_t)tensor[i].rows * tensor[i].columns;
        assert_int_equal(tensor[i].type, TR_F32);
        all = realloc(all, (*count + n) * sizeof *all);
        assert_non_null(all);
        memcpy(all + *count, tensor[i].data, n * sizeof *all);
        *count += n;
    }
    return all;
}

static float *train_whole(toy *t, const tr_vocabulary *v, uint32_t *steps, size_t *count) {
    tr_options options = options_of(1);
    saved counter = {0};
    const tr_hooks hooks = {NULL, NULL, save, &counter};
    tr_model *model = NULL;
    assert_int_equal(tr_train_with(&model, &t->data, v, &options, &hooks), TR_OK);
    float *all = weights_of(model, count);
    *steps = counter.steps_seen;
    tr_model_free(model);
    return all;
}

static void goes_on_after_any_step(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    uint32_t steps;
    size_t count, again;
    float *whole = train_whole(t, &v, &steps, &count);
    assert_true(steps > 6);
    for (uint32_t stop = 1; stop <= steps; stop++) {
        saved middle = {.stop_after = stop};
        tr_options first = options_of(1 + stop % 3), second = options_of(1 + stop % 2);
        const tr_hooks one = {NULL, NULL, save, &middle}, two = {NULL, restore, save, &middle};
        tr_model *model = NULL;
        assert_int_equal(tr_train_with(&model, &t->data, &v, &first, &one), TR_STOPPED);
        assert_null(model);
        assert_int_equal(tr_train_with(&model, &t->data, &v, &second, &two), TR_OK);
        assert_int_equal(middle.steps_seen, steps - stop);
        float *parts = weights_of(model, &again);
        assert_int_equal(again, count);
        assert_memory_equal(parts, whole, count * sizeof *whole);
        tr_model_free(model);
        free(parts);
        forget(&middle);
    }
    free(whole);
    tr_vocabulary_free(&v);
    free(t);
}

static void refuses_what_is_no_state(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    tr_options options = options_of(1);
    for (uint32_t broken = 1; broken <= 3; broken++) {
        saved middle = {.stop_after = 2};
        const tr_hooks one = {NULL, NULL, save, &middle}, two = {NULL, restore, NULL, &middle};
        tr_model *model = NULL;
        assert_int_equal(tr_train_with(&model, &t->data, &v, &options, &one), TR_STOPPED);
        middle.break_order = broken < 3 ? broken : 0;
        if (broken == 3)
            middle.step = 1000000;
        assert_int_equal(tr_train_with(&model, &t->data, &v, &options, &two), TR_STATE);
        assert_null(model);
        forget(&middle);
    }
    tr_vocabulary_free(&v);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_on_after_any_step),
        cmocka_unit_test(refuses_what_is_no_state),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A training that stops after any step and goes on gives the same model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/test_trainer_toy.h"

enum { MAX_TENSORS = 40 };

/* How a state is broken: an example twice, or one that is not there; a step beyond the
 * last; a row that is ahead of its training; a best epoch that is not over. */
typedef enum breaks { NOTHING, TWICE, ABSENT, STEP, AHEAD, BEST, BREAKS } breaks;
static const char *const broken_array[BREAKS] = {NULL, "order",  "order",
                                                 NULL, "_steps", "best_epoch"};

/* The state of one step, copied; or the wish to stop after it. */
typedef struct saved {
    uint32_t stop_after; /* 0: never */
    uint32_t step, steps_seen;
    size_t tensors;
    char name[MAX_TENSORS][32];
    size_t size[MAX_TENSORS];
    void *data[MAX_TENSORS];
    int last;
    breaks broken;
} saved;

static size_t size_of(const tr_tensor *tensor) {
    size_t element = tensor->type == TR_F64 ? 8 : 4;
    return (size_t)tensor->rows * tensor->columns * element;
}

static int save(void *context, const tr_state *state) {
    saved *to = context;
    to->steps_seen++;
    to->last = state->last;
    assert_true(state->step <= state->steps);
    if (state->step != to->stop_after)
        return 0;
    assert_true(state->tensors <= MAX_TENSORS);
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
        const char *broken = broken_array[from->broken];
        if (broken && strstr(to->name, broken)) {
            uint32_t *number = to->data;
            number[to->rows > 1] = from->broken == TWICE ? number[0] : 1u << 30;
        }
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

typedef enum form { SHARED, TOUCHED, BCE, FEW, SOFTMAX, EARLY, EARLY_SOFTMAX, FORMS } form;

static tr_options options_of(form of, uint32_t threads) {
    tr_options options = of <= TOUCHED ? toy_options() : tr_options_mlp();
    options.dim = 16;
    options.hidden = 24;
    options.epochs = of == EARLY ? 40 : of == EARLY_SOFTMAX ? 5 : 3;
    options.threads = threads;
    if (of == TOUCHED) {
        options.sampling = TR_SAMPLE_UNIFORM;
        options.samples = 4;
        options.batch = 8;
        options.updating = TR_UPDATE_ACTIVE;
    }
    if (of <= TOUCHED)
        return options;
    /* Pairs: 1,120 likes, 160 dislikes, with negatives 4,640; with those of FEW 2,960. */
    options.batch = of == FEW ? 700 : 1500;
    options.lr = of == EARLY ? 0.1f : 0.01f;
    options.loss = of == SOFTMAX || of == EARLY_SOFTMAX ? TR_SOFTMAX : TR_BCE;
    options.batch = options.loss == TR_SOFTMAX ? 400 : options.batch;
    options.few_dislikes = of == FEW ? 1 : 0;
    options.patience = of >= EARLY ? 2 : 0;
    return options;
}

static tr_vocabulary vocabulary_of(form of, const toy *t) {
    tr_vocabulary v;
    const tr_buckets buckets = {16, 0};
    assert_int_equal(of <= TOUCHED ? tr_vocabulary_build(&v, &t->data)
                                   : tr_vocabulary_build_mlp(&v, &t->data, &buckets),
                     TR_OK);
    return v;
}

/* All weights, one after the other. */
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

static float *train_whole(form of, toy *t, const tr_vocabulary *v, uint32_t *steps, size_t *count) {
    tr_options options = options_of(of, 1);
    saved counter = {0};
    const tr_hooks hooks = {.save = save, .context = &counter};
    tr_model *model = NULL;
    assert_int_equal(tr_train_with(&model, &t->data, v, &options, &hooks), TR_OK);
    float *all = weights_of(model, count);
    *steps = counter.steps_seen;
    tr_model_free(model);
    return all;
}

static void stop_and_go_on(form of, toy *t, const tr_vocabulary *v, uint32_t stop, uint32_t steps,
                           const float *whole, size_t count) {
    saved middle = {.stop_after = stop};
    tr_options first = options_of(of, 1 + stop % 3), second = options_of(of, 1 + stop % 2);
    const tr_hooks one = {.save = save, .context = &middle},
                   two = {.restore = restore, .save = save, .context = &middle};
    tr_model *model = NULL;
    size_t again;
    assert_int_equal(tr_train_with(&model, &t->data, v, &first, &one), TR_STOPPED);
    assert_null(model);
    assert_int_equal(tr_train_with(&model, &t->data, v, &second, &two), TR_OK);
    /* The last state is saved again. */
    assert_int_equal(middle.steps_seen, stop < steps ? steps - stop : 1);
    assert_int_equal(middle.last, 1);
    float *parts = weights_of(model, &again);
    assert_int_equal(again, count);
    assert_memory_equal(parts, whole, count * sizeof *whole);
    tr_model_free(model);
    free(parts);
    forget(&middle);
}

/* After the first, the last and each fourth step; TWOTOWER_FULL=1: after every step. */
static void goes_on_after_any_step(void **state) {
    const char *full = getenv("TWOTOWER_FULL");
    const uint32_t stride = full && !strcmp(full, "1") ? 1 : 4;
    (void)state;
    toy *t = toy_create();
    for (uint32_t p = 0; p < t->data.pairs; p++) /* every other user has no dislike */
        if (t->pair[p].label == TT_DISLIKED && t->pair[p].user % 2)
            t->pair[p].label = TT_NEUTRAL;
    for (form of = SHARED; of < FORMS; of++) {
        tr_vocabulary v = vocabulary_of(of, t);
        uint32_t steps;
        size_t count;
        float *whole = train_whole(of, t, &v, &steps, &count);
        assert_true(steps > 6);
        assert_true(of != EARLY || steps < 40 * 3);
        for (uint32_t stop = 1; stop < steps; stop += stride)
            stop_and_go_on(of, t, &v, stop, steps, whole, count);
        stop_and_go_on(of, t, &v, steps, steps, whole, count);
        free(whole);
        tr_vocabulary_free(&v);
    }
    free(t);
}

static void refuses_what_is_no_state(void **state) {
    (void)state;
    toy *t = toy_create();
    static const struct {
        form of;
        breaks last;
    } forms[] = {{SHARED, STEP}, {TOUCHED, AHEAD}, {EARLY, BEST}};
    for (size_t f = 0; f < 3; f++) {
        form of = forms[f].of;
        tr_vocabulary v = vocabulary_of(of, t);
        tr_options options = options_of(of, 1);
        for (breaks broken = TWICE; broken <= forms[f].last; broken++) {
            saved middle = {.stop_after = 2};
            const tr_hooks one = {.save = save, .context = &middle};
            const tr_hooks two = {.restore = restore, .context = &middle};
            tr_model *model = NULL;
            assert_int_equal(tr_train_with(&model, &t->data, &v, &options, &one), TR_STOPPED);
            middle.broken = broken;
            if (broken == STEP)
                middle.step = 1000000;
            assert_int_equal(tr_train_with(&model, &t->data, &v, &options, &two), TR_STATE);
            assert_null(model);
            forget(&middle);
        }
        tr_vocabulary_free(&v);
    }
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

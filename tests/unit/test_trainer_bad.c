/* SPDX-License-Identifier: MIT */
/* What training makes of data that are poor, odd or many: a model whose every weight is
 * finite, or a status that says why not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/maths.h"
#include "unit/test_trainer_toy.h"

typedef enum form { SHARED, BCE, SOFTMAX, FORMS } form;

static tr_options options_of(form of) {
    tr_options options = of == SHARED ? toy_options() : tr_options_mlp();
    options.dim = 8;
    options.hidden = 8;
    options.epochs = 3;
    options.lr = 0.01f;
    options.loss = of == SOFTMAX ? TR_SOFTMAX : TR_BCE;
    options.threads = 3;
    return options;
}

static tr_status build(form of, const tr_data *data, tr_vocabulary *v) {
    const tr_buckets buckets = {16, 0};
    return of == SHARED ? tr_vocabulary_build(v, data) : tr_vocabulary_build_mlp(v, data, &buckets);
}

static tr_status train(form of, const tr_data *data, tr_options options, tr_model **model,
                       tr_vocabulary *v) {
    tr_status status = build(of, data, v);
    return status == TR_OK ? tr_train(model, data, v, &options, NULL, NULL) : status;
}

static int drop(void *context, const void *bytes, size_t len) {
    (void)context;
    (void)bytes;
    (void)len;
    return 0;
}

static void assert_trains_with(form of, const tr_data *data, tr_options options) {
    tr_vocabulary v;
    tr_model *model = NULL;
    tr_tensor tensor[TR_MODEL_TENSORS];
    assert_int_equal(train(of, data, options, &model, &v), TR_OK);
    size_t tensors = tr_model_tensors(model, tensor);
    for (size_t i = 0; i < tensors; i++)
        for (size_t n = 0; n < (size_t)tensor[i].rows * tensor[i].columns; n++)
            assert_true(tr_finite(((const float *)tensor[i].data)[n]));
    assert_int_equal(tr_export(model, &v, 1, 1, NULL, 0, drop, NULL), TR_OK);
    tr_model_free(model);
    tr_vocabulary_free(&v);
}

static void assert_trains(form of, const tr_data *data) {
    assert_trains_with(of, data, options_of(of));
}

/* Where there is nothing to learn, a high rate has missed nothing. */
static void assert_trains_at_any_rate(form of, const tr_data *data) {
    tr_options high = options_of(of);
    high.lr = of == SHARED ? 100.0f : high.lr;
    assert_trains(of, data);
    assert_trains_with(of, data, high);
}

static void assert_no_data(form of, const tr_data *data) {
    tr_vocabulary v;
    tr_model *model = NULL;
    assert_int_equal(train(of, data, options_of(of), &model, &v), TR_NO_DATA);
    assert_null(model);
    tr_vocabulary_free(&v);
}

/* The first pairs of the data, of some users and items only. */
static void keep_pairs(toy *t, uint32_t users, uint32_t items) {
    uint32_t kept = 0;
    for (uint32_t p = 0; p < t->data.pairs; p++)
        if (t->pair[p].user < users && t->pair[p].item < items)
            t->pair[kept++] = t->pair[p];
    t->data.pairs = kept;
}

static void no_likes(void **state) {
    (void)state;
    for (form of = SHARED; of < FORMS; of++) {
        toy *t = toy_create();
        memset(t->likes, 0, sizeof t->likes);
        t->data.pairs = 0;
        for (uint32_t u = 0; u < TOY_USERS; u++)
            t->user[u].count[TT_LIKED] = 0;
        assert_no_data(of, &t->data);
        free(t);
    }
}

static void one_user(void **state) {
    (void)state;
    for (form of = SHARED; of < FORMS; of++) {
        toy *t = toy_create();
        t->data.users = 1;
        memset(t->likes, 0, sizeof t->likes);
        for (uint32_t n = 0; n < TOY_LIKES; n++)
            t->likes[t->list[0][TT_LIKED][n]]++;
        keep_pairs(t, 1, TOY_ITEMS);
        for (uint32_t p = 0; p < t->data.pairs; p++)
            t->pair[p].weight = 1.0f;
        assert_trains_at_any_rate(of, &t->data);
        free(t);
    }
}

/* One item that everybody likes, alone: there is nothing to tell it from. */
static void one_item(void **state) {
    (void)state;
    for (form of = SHARED; of < FORMS; of++) {
        toy *t = toy_create();
        static const uint32_t only[1] = {0};
        t->data.items = 1;
        t->data.pairs = 0;
        t->likes[0] = t->reviews[0] = TOY_USERS;
        t->data.val_offset = t->data.val_item = NULL;
        for (uint32_t u = 0; u < TOY_USERS; u++) {
            for (int bag = 0; bag < TT_MAX_BAGS; bag++)
                t->user[u].count[bag] = 0;
            t->user[u].history[TT_LIKED] = only;
            t->user[u].count[TT_LIKED] = 1;
            t->pair[t->data.pairs++] = (tr_pair){u, 0, TT_LIKED, 1.0f};
        }
        assert_trains_at_any_rate(of, &t->data);
        free(t);
    }
}

/* Columns that say nothing: all missing, not numbers, or all the same (1e6, 0). */
static void empty_columns(void **state) {
    static const uint32_t odd[] = {0x7fc00000u, 0x7f800000u, 0xff800000u, 0x49742400u, 0};
    (void)state;
    for (form of = SHARED; of < FORMS; of++)
        for (size_t n = 0; n < sizeof odd / sizeof *odd; n++) {
            toy *t = toy_create();
            for (uint32_t u = 0; u < TOY_USERS; u++)
                for (int i = 0; i < TR_NUMBERS; i++)
                    t->user[u].number[i] = tr_from_bits(odd[n]);
            for (uint32_t i = 0; i < TOY_ITEMS; i++) {
                tr_item *item = &t->item[i];
                for (int f = 0; f < TR_FIELDS; f++)
                    item->field[f].count = 0;
                item->price = tr_from_bits(odd[n]);
                item->released_at = n % 2 ? (tt_text){"1999-01-01", 10} : (tt_text){"", 0};
            }
            assert_trains(of, &t->data);
            free(t);
        }
}

/* A rate of 0 learns nothing and ends well; a huge one stops. */
static void rates(void **state) {
    (void)state;
    for (form of = SHARED; of < FORMS; of++) {
        toy *t = toy_create();
        static const float huge[] = {1e30f, 3e38f};
        for (int n = 0; n < 3; n++) {
            tr_options options = options_of(of);
            tr_vocabulary v;
            tr_model *model = NULL;
            options.lr = n == 0 ? 0.0f : huge[n - 1];
            tr_status status = train(of, &t->data, options, &model, &v);
            assert_int_equal(status, n == 0 ? TR_OK : TR_DIVERGED);
            assert_true((model != NULL) == (n == 0));
            tr_model_free(model);
            tr_vocabulary_free(&v);
        }
        free(t);
    }
    /* The loss stays finite, but grows. */
    toy *t = toy_create();
    tr_options options = options_of(BCE);
    tr_vocabulary v;
    tr_model *model = NULL;
    options.lr = 100.0f;
    options.batch = 200;
    assert_int_equal(train(BCE, &t->data, options, &model, &v), TR_DIVERGED);
    assert_null(model);
    tr_vocabulary_free(&v);
    free(t);
}

static int count_epochs(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    uint32_t *epochs = context;
    (void)step;
    (void)steps;
    assert_true(!epoch || tr_finite((float)epoch->train_loss));
    *epochs += epoch != NULL;
    return 0;
}

/* The loss stays finite and does not grow, but nothing is learned: that ends after half of
 * the epochs.  A high rate that does learn goes on, and so does a low one that does not yet. */
static void rates_that_learn_nothing(void **state) {
    static const struct {
        form of;
        float lr;
        uint32_t epochs, told;
        tr_status status;
    } cases[] = {
        {SHARED, 100.0f, 8, 3, TR_DIVERGED},
        {SHARED, 100.0f, 2, 1, TR_DIVERGED},
        {SHARED, 100.0f, 1, 1, TR_OK},
        {SHARED, 1.0f, 8, 8, TR_OK},
        {SHARED, 1e-7f, 8, 8, TR_OK},
        {BCE, 1.0f, 8, 3, TR_DIVERGED},
        {BCE, 1.0f, 2, 1, TR_DIVERGED},
        {BCE, 1.0f, 1, 1, TR_OK},
        {BCE, 0.1f, 8, 8, TR_OK},
        {BCE, 1e-7f, 8, 8, TR_OK},
    };
    (void)state;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        toy *t = toy_create();
        tr_options options = options_of(cases[n].of);
        tr_vocabulary v;
        tr_model *model = NULL;
        uint32_t told = 0;
        options.lr = cases[n].lr;
        options.epochs = cases[n].epochs;
        for (uint32_t p = 0; p < t->data.pairs; p++) /* some are worth more: popularity says much */
            t->pair[p].weight *= t->pair[p].item < TOY_ITEMS / 4 ? 4.0f : 1.0f;
        assert_int_equal(build(cases[n].of, &t->data, &v), TR_OK);
        assert_int_equal(tr_train(&model, &t->data, &v, &options, count_epochs, &told),
                         cases[n].status);
        assert_int_equal(told, cases[n].told);
        assert_true((model != NULL) == (cases[n].status == TR_OK));
        tr_model_free(model);
        tr_vocabulary_free(&v);
        free(t);
    }
}

/* A hundred thousand tags, a million with TWOTOWER_FULL=1, each of two items. */
enum { DIGITS = 8 };

static void many_tags(void **state) {
    const char *full = getenv("TWOTOWER_FULL");
    const uint32_t many = full && !strcmp(full, "1") ? 1000000 : 100000;
    const uint32_t of_item = 2 * many / TOY_ITEMS;
    (void)state;
    toy *t = toy_create();
    char *text = malloc((size_t)many * DIGITS);
    tt_text *token = malloc((size_t)TOY_ITEMS * of_item * sizeof *token);
    assert_true(text && token);
    for (uint32_t n = 0; n < many; n++)
        for (uint32_t d = 0, rest = n; d < DIGITS; d++, rest /= 10)
            text[(size_t)n * DIGITS + d] = (char)('0' + rest % 10);
    for (uint32_t i = 0; i < TOY_ITEMS; i++) {
        t->item[i].field[TR_TAGS].token = token + (size_t)i * of_item;
        t->item[i].field[TR_TAGS].count = of_item;
        for (uint32_t n = 0; n < of_item; n++)
            token[(size_t)i * of_item + n] =
                (tt_text){text + (size_t)((i * of_item + n) % many) * DIGITS, DIGITS};
    }
    tr_vocabulary v;
    tr_model *model = NULL;
    tr_options options = options_of(SHARED);
    options.dim = 2;
    options.epochs = 1;
    t->data.val_offset = t->data.val_item = NULL;
    assert_int_equal(train(SHARED, &t->data, options, &model, &v), TR_OK);
    assert_true(v.schema.token_rows > many - 1000 && v.schema.token_rows < many + 100);
    tr_model_free(model);
    tr_vocabulary_free(&v);
    free(token);
    free(text);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_likes),
        cmocka_unit_test(one_user),
        cmocka_unit_test(one_item),
        cmocka_unit_test(rates),
        cmocka_unit_test(many_tags),
        cmocka_unit_test(empty_columns),
        cmocka_unit_test(rates_that_learn_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Whole trainings on a toy catalogue: what is learned, the same bytes for any
 * number of threads and with all kernels, the exported file, and the ways to end early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/kernels.h"
#include "kernel/maths.h"
#include "unit/test_trainer_toy.h"

enum { ENCODER = 1 << 16, CUT = 10 };

typedef struct bytes {
    unsigned char *at;
    size_t len, refuse_from; /* 0: takes everything */
} bytes;

static int sink(void *context, const void *from, size_t len) {
    bytes *to = context;
    if (to->refuse_from > 0 && to->len + len > to->refuse_from)
        return 1;
    to->at = realloc(to->at, to->len + len + 1);
    assert_non_null(to->at);
    memcpy(to->at + to->len, from, len);
    to->len += len;
    return 0;
}

static void build_vocabulary(const toy *t, tr_vocabulary *vocabulary, tr_recipe recipe) {
    const tr_buckets buckets = {0, 0};
    tr_status status = recipe == TR_MLP ? tr_vocabulary_build_mlp(vocabulary, &t->data, &buckets)
                                        : tr_vocabulary_build(vocabulary, &t->data);
    assert_int_equal(status, TR_OK);
}

static tr_model *train(toy *t, tr_vocabulary *vocabulary, const tr_options *options) {
    tr_model *model = NULL;
    build_vocabulary(t, vocabulary, options->recipe);
    assert_int_equal(tr_train(&model, &t->data, vocabulary, options, NULL, NULL), TR_OK);
    return model;
}

static bytes export(const tr_model *model, const tr_vocabulary *vocabulary) {
    bytes file = {0};
    tt_property extra = {{"run_id", 6}, {"toy", 3}};
    assert_int_equal(tr_export(model, vocabulary, 1, 1, &extra, 1, sink, &file), TR_OK);
    return file;
}

/* Encodes item or user number n. */
static tt_features encode(const toy *t, const tr_vocabulary *v, tt_tower tower, uint32_t n,
                          void *memory) {
    tt_features features;
    tt_features_begin(&features, &v->schema, tower, memory, ENCODER);
    if (tower == TT_ITEM)
        assert_int_equal(tr_encode_item(&features, &t->item[n]), TT_OK);
    else
        assert_int_equal(tr_encode_user(&features, &t->user[n], t->item), TT_OK);
    return features;
}

/* Ranks the items outside the user's train lists; how many of its validation
 * likes are among the first CUT. */
static uint32_t hits(const toy *t, uint32_t u, const float *score) {
    uint32_t found = 0;
    for (uint32_t n = 0; n < TOY_VAL; n++) {
        uint32_t item = t->val_item[t->val_offset[u] + n], better = 0;
        for (uint32_t i = 0; i < TOY_ITEMS; i++) {
            int known = 0;
            for (uint32_t b = 0; b < TT_MAX_BAGS; b++)
                for (uint32_t k = 0; k < t->user[u].count[b]; k++)
                    known |= t->user[u].history[b][k] == i;
            better += !known && (score[i] > score[item] || (score[i] == score[item] && i < item));
        }
        found += better < CUT;
    }
    return found;
}

/* The plain MLP, small enough for a test. */
static tr_options mlp_options(tr_objective loss) {
    tr_options options = tr_options_mlp();
    options.dim = 16;
    options.hidden = 24;
    options.batch = 128;
    options.lr = 0.01f;
    options.loss = loss;
    return options;
}

static void check_learns(tr_options options) {
    toy *t = toy_create();
    tr_vocabulary v;
    tr_model *model = train(t, &v, &options);
    static unsigned char memory[ENCODER];
    static float item[TOY_ITEMS][16];
    float user[16], score[TOY_ITEMS], likes[TOY_ITEMS];
    uint32_t learned = 0, popular = 0;
    for (uint32_t i = 0; i < TOY_ITEMS; i++) {
        tt_features features = encode(t, &v, TT_ITEM, i, memory);
        assert_true(tr_embed(model, TT_ITEM, &features, item[i]));
        likes[i] = (float)t->likes[i];
    }
    for (uint32_t u = 0; u < TOY_USERS; u++) {
        tt_features features = encode(t, &v, TT_USER, u, memory);
        assert_true(tr_embed(model, TT_USER, &features, user));
        for (uint32_t i = 0; i < TOY_ITEMS; i++) {
            score[i] = 0.0f;
            for (int d = 0; d < 16; d++)
                score[i] += user[d] * item[i][d];
        }
        learned += hits(t, u, score);
        popular += hits(t, u, likes);
    }
    assert_true(learned > (options.recipe == TR_MLP ? 2 : 3) * popular);
    assert_true(tr_model_scale(model) > 5.0f && tr_model_scale(model) <= 60.001f);
    tr_model_free(model);
    tr_vocabulary_free(&v);
    free(t);
}

static void test_learns_tastes(void **state) {
    (void)state;
    check_learns(toy_options());
    check_learns(mlp_options(TR_BCE));
    check_learns(mlp_options(TR_SOFTMAX));
}

static bytes train_file(toy *t, tr_options options, uint32_t threads) {
    tr_vocabulary v;
    options.epochs = 3;
    options.threads = threads;
    tr_model *model = train(t, &v, &options);
    bytes file = export(model, &v);
    tr_model_free(model);
    tr_vocabulary_free(&v);
    return file;
}

static void check_threads_and_kernels(tr_options options) {
    static const uint32_t threads[] = {2, 5, 7};
    const tr_kernels *kernels[] = {tr_kernels_c(), tr_kernels_avx2(), tr_kernels_avx512()};
    toy *t = toy_create();
    bytes first = train_file(t, options, 1);
    for (size_t i = 0; i < 6; i++) {
        if (i >= 3 && !kernels[i - 3])
            continue;
        tr_kernels_use(i < 3 ? NULL : kernels[i - 3]);
        bytes file = train_file(t, options, i < 3 ? threads[i] : 2);
        assert_int_equal(file.len, first.len);
        assert_memory_equal(file.at, first.at, file.len);
        free(file.at);
    }
    tr_kernels_use(NULL);
    free(first.at);
    free(t);
}

/* Steps that have to do with a small part of the table. */
static tr_options drawn_options(tr_updating updating) {
    tr_options options = toy_options();
    options.sampling = TR_SAMPLE_MIXED;
    options.samples = 4;
    options.batch = 2;
    options.updating = updating;
    return options;
}

static void test_threads_and_kernels(void **state) {
    (void)state;
    check_threads_and_kernels(toy_options());
    check_threads_and_kernels(drawn_options(TR_UPDATE_ACTIVE));
    check_threads_and_kernels(mlp_options(TR_BCE));
    check_threads_and_kernels(mlp_options(TR_SOFTMAX));
}

typedef struct watch {
    uint32_t steps, epochs, stop_at;
    double first_val, last_val;
} watch;

static int watch_progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    watch *w = context;
    assert_true(step <= steps);
    if (!epoch) {
        assert_int_equal(step, ++w->steps);
        return step == w->stop_at;
    }
    assert_int_equal(epoch->epoch, ++w->epochs);
    assert_int_equal(epoch->steps, step);
    assert_true(epoch->train_loss > 0.0 && epoch->lr > 0.0 && epoch->scale > 1.0);
    w->first_val = w->epochs == 1 ? epoch->val_loss : w->first_val;
    w->last_val = epoch->val_loss;
    return 0;
}

/* Rows that make up what they missed end where dense Adam has them, to the bit: of a small
 * part of the table, or of nearly all of it; and where somebody reads them between. */
static void test_touched_rows(void **state) {
    (void)state;
    toy *t = toy_create();
    for (int all = 0; all < 2; all++) {
        tr_vocabulary v;
        bytes file[3];
        for (int n = 0; n < 3; n++) {
            tr_options options = drawn_options(n ? TR_UPDATE_ACTIVE : TR_UPDATE_ALL);
            watch w = {0};
            tr_model *model = NULL;
            options.epochs = 3;
            options.sampling = all ? TR_SAMPLE_NONE : options.sampling;
            build_vocabulary(t, &v, TR_SHARED);
            assert_int_equal(
                tr_train(&model, &t->data, &v, &options, n == 2 ? watch_progress : NULL, &w),
                TR_OK);
            file[n] = export(model, &v);
            tr_model_free(model);
            tr_vocabulary_free(&v);
        }
        for (int n = 1; n < 3; n++) {
            assert_int_equal(file[n].len, file[0].len);
            assert_memory_equal(file[n].at, file[0].at, file[0].len);
        }
        for (int n = 0; n < 3; n++)
            free(file[n].at);
    }
    free(t);
}

static void check_seed(tr_options options) {
    toy *t = toy_create();
    bytes file[2] = {{0}, {0}};
    for (uint64_t seed = 0; seed < 2; seed++) {
        tr_vocabulary v;
        options.epochs = 1;
        options.seed = seed;
        tr_model *model = train(t, &v, &options);
        file[seed] = export(model, &v);
        tr_model_free(model);
        tr_vocabulary_free(&v);
    }
    assert_int_equal(file[0].len, file[1].len);
    assert_true(memcmp(file[0].at, file[1].at, file[0].len) != 0);
    free(file[0].at);
    free(file[1].at);
    free(t);
}

static void test_seed(void **state) {
    (void)state;
    check_seed(toy_options());
    check_seed(mlp_options(TR_BCE));
}

static void compare_embeddings(const toy *t, const tr_model *model, const tr_vocabulary *v,
                               const tt_model *read, tt_tower tower, uint32_t count) {
    static unsigned char memory[ENCODER];
    float exact[16], half[16];
    size_t size = tt_scratch_size(read, tower, 1);
    void *scratch = malloc(size);
    assert_non_null(scratch);
    for (uint32_t n = 0; n < count; n++) {
        tt_features features = encode(t, v, tower, n, memory);
        assert_true(tr_embed(model, tower, &features, exact));
        assert_int_equal(tt_embed(&(tt_embedder){read, tt_kernels_c(), tower, scratch, size},
                                  &features, 1, half, NULL),
                         TT_OK);
        float cosine = 0.0f;
        for (int d = 0; d < 16; d++)
            cosine += exact[d] * half[d];
        assert_true(cosine >= 1.0f - 1e-4f && cosine <= 1.0f + 1e-4f);
    }
    free(scratch);
}

static void check_export(tr_options options) {
    toy *t = toy_create();
    tr_vocabulary v;
    tr_model *model = train(t, &v, &options);
    bytes file = export(model, &v);
    tt_model read;
    tt_error error;
    void *scratch = malloc(tt_model_read_size());
    assert_non_null(scratch);
    assert_int_equal(tt_model_read(&read, file.at, file.len, scratch, tt_model_read_size(), &error),
                     TT_OK);
    assert_int_equal(tt_model_rows(&read, TT_ITEM), v.schema.id_rows + v.schema.token_rows);
    assert_non_null(tt_model_schema(&read));
    assert_int_equal(tt_model_schema(&read)->id_rows, v.schema.id_rows);
    assert_int_equal(tt_model_property(&read, "run_id").len, 3);
    compare_embeddings(t, model, &v, &read, TT_ITEM, TOY_ITEMS);
    compare_embeddings(t, model, &v, &read, TT_USER, TOY_USERS);
    bytes half_way = {NULL, 0, file.len / 2};
    assert_int_equal(tr_export(model, &v, 1, 1, NULL, 0, sink, &half_way), TR_SINK);
    free(half_way.at);
    free(scratch);
    free(file.at);
    tr_model_free(model);
    tr_vocabulary_free(&v);
    free(t);
}

static void test_export(void **state) {
    (void)state;
    tr_options linear = toy_options();
    linear.hidden = 0;
    check_export(toy_options());
    check_export(linear);
    check_export(mlp_options(TR_BCE));
}

typedef struct patient {
    uint32_t epochs, best;
    double least;
} patient;

static int patient_progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    patient *p = context;
    (void)step;
    (void)steps;
    if (epoch && epoch->holdout_loss < p->least) {
        p->least = epoch->holdout_loss;
        p->best = epoch->epoch;
    }
    p->epochs += epoch != NULL;
    return 0;
}

static void test_progress(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    tr_options options = toy_options();
    tr_model *model = NULL;
    watch w = {0};
    options.teacher = TR_NO_TEACHER; /* who pulls elsewhere than to this loss */
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_train(&model, &t->data, &v, &options, watch_progress, &w), TR_OK);
    tr_model_free(model);
    assert_int_equal(w.epochs, options.epochs);
    assert_int_equal(w.steps, options.epochs * (TOY_USERS / 16));
    assert_true(w.last_val < w.first_val - 0.2);
    watch stopped = {.stop_at = 7};
    model = NULL;
    assert_int_equal(tr_train(&model, &t->data, &v, &options, watch_progress, &stopped),
                     TR_STOPPED);
    assert_null(model);
    assert_int_equal(stopped.steps, 7);
    t->data.val_offset = t->data.val_item = NULL;
    watch blind = {0};
    assert_int_equal(tr_train(&model, &t->data, &v, &options, watch_progress, &blind), TR_OK);
    assert_true(blind.last_val != blind.last_val);
    tr_model_free(model);
    tr_vocabulary_free(&v);
    free(t);
}

/* Early stopping ends before the last epoch and hands the best epoch over. */
static void test_patience(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    tr_options options = mlp_options(TR_BCE);
    options.epochs = 200;
    options.patience = 2;
    options.lr = 0.05f;
    patient p = {.least = 1e30};
    tr_model *model = NULL, *shorter = NULL;
    build_vocabulary(t, &v, TR_MLP);
    assert_int_equal(tr_train(&model, &t->data, &v, &options, patient_progress, &p), TR_OK);
    assert_true(p.epochs < 200);
    assert_int_equal(p.epochs, p.best + 2);
    options.epochs = p.best; /* the same weights without the epochs after the best */
    assert_int_equal(tr_train(&shorter, &t->data, &v, &options, NULL, NULL), TR_OK);
    bytes a = export(model, &v), b = export(shorter, &v);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.at, b.at, a.len);
    free(a.at);
    free(b.at);
    tr_model_free(model);
    tr_model_free(shorter);
    tr_vocabulary_free(&v);
    free(t);
}

static void test_refusals(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    tr_options options = toy_options();
    tr_model *model = NULL;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    options.lr = 1e30f;
    assert_int_equal(tr_train(&model, &t->data, &v, &options, NULL, NULL), TR_DIVERGED);
    options = toy_options();
    t->data.users = 0;
    assert_int_equal(tr_train(&model, &t->data, &v, &options, NULL, NULL), TR_NO_DATA);
    tr_vocabulary_free(&v);
    memset(t->likes, 0, sizeof t->likes);
    t->data.users = TOY_USERS;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_train(&model, &t->data, &v, &options, NULL, NULL), TR_NO_DATA);
    tr_vocabulary_free(&v);
    t->data.items = t->data.users = 0;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_train(&model, &t->data, &v, &options, NULL, NULL), TR_NO_DATA);
    assert_null(model);
    tr_vocabulary_free(&v);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns_tastes), cmocka_unit_test(test_threads_and_kernels),
        cmocka_unit_test(test_seed),          cmocka_unit_test(test_export),
        cmocka_unit_test(test_progress),      cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_patience),      cmocka_unit_test(test_touched_rows),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

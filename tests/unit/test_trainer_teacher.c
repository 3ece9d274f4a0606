/* SPDX-License-Identifier: MIT */
/* The teacher, what is held out to choose by, and the choice of the epochs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/holdout.h"
#include "kernel/kernels.h"
#include "teacher/choose.h"
#include "unit/test_trainer_toy.h"

typedef struct school {
    toy *toy;
    tr_vocabulary vocabulary;
    tr_dataset set;
    tr_likes likes;
} school;

static void open_school(school *s) {
    s->toy = toy_create();
    assert_int_equal(tr_vocabulary_build(&s->vocabulary, &s->toy->data), TR_OK);
    assert_int_equal(tr_dataset_build(&s->set, &s->toy->data, &s->vocabulary), TR_OK);
    assert_int_equal(
        tr_likes_build(&s->likes, &s->toy->data, s->set.candidate_index, s->set.candidates), TR_OK);
}

static void close_school(school *s) {
    tr_likes_free(&s->likes);
    tr_dataset_free(&s->set);
    tr_vocabulary_free(&s->vocabulary);
    free(s->toy);
}

static int count_down(void *context) {
    int *left = context;
    return (*left)-- == 0;
}

static tr_teacher teach(const school *s, uint32_t threads) {
    int left = -1;
    const tr_ials_options options = {0.02, 3, count_down, &left};
    tr_pool *pool = tr_pool_create(threads);
    tr_teacher teacher;
    assert_non_null(pool);
    assert_int_equal(tr_ials(&teacher, pool, &s->likes, &options), TR_OK);
    tr_pool_free(pool);
    return teacher;
}

static double score(const school *s, const tr_teacher *teacher, uint32_t u, uint32_t item) {
    const float *p = teacher->user + (size_t)u * TR_TEACHER_DIM;
    const float *q = teacher->item + (size_t)s->set.candidate_index[item] * TR_TEACHER_DIM;
    double sum = 0.0;
    for (int d = 0; d < TR_TEACHER_DIM; d++)
        sum += (double)p[d] * (double)q[d];
    return sum;
}

/* Likes score near 1, others of the group above those of other groups. */
static void test_scores(void **state) {
    (void)state;
    school s;
    open_school(&s);
    tr_teacher teacher = teach(&s, 1);
    double liked = 0.0, own = 0.0, other = 0.0;
    uint32_t owns = 0, others = 0;
    for (uint32_t u = 0; u < TOY_USERS; u++) {
        for (uint32_t n = 0; n < TOY_LIKES; n++)
            liked += score(&s, &teacher, u, s.toy->list[u][TT_LIKED][n]);
        for (uint32_t n = 0; n < TOY_VAL; n++, owns++)
            own += score(&s, &teacher, u, s.toy->val_item[u * TOY_VAL + n]);
        for (uint32_t i = (u + 1) % TOY_GROUPS; i < TOY_ITEMS; i += TOY_GROUPS, others++)
            other += score(&s, &teacher, u, i);
    }
    liked /= TOY_USERS * TOY_LIKES;
    assert_true(liked > 0.5 && liked < 1.0);
    assert_true(own / owns > 4 * other / others);
    tr_teacher_free(&teacher);
    close_school(&s);
}

/* The same bits for any number of threads and with all kernels; stops when asked. */
static void test_bits(void **state) {
    (void)state;
    const tr_kernels *kernels[] = {NULL, tr_kernels_c(), tr_kernels_avx2()};
    school s;
    open_school(&s);
    tr_teacher first = teach(&s, 1);
    size_t row = TR_TEACHER_DIM * sizeof(float);
    for (uint32_t n = 0; n < 3; n++) {
        if (n > 0 && !kernels[n])
            continue;
        tr_kernels_use(kernels[n]);
        tr_teacher again = teach(&s, 2 + n);
        assert_memory_equal(first.user, again.user, TOY_USERS * row);
        assert_memory_equal(first.item, again.item, s.set.candidates * row);
        tr_teacher_free(&again);
    }
    tr_kernels_use(NULL);
    tr_teacher_free(&first);
    int left = 3;
    const tr_ials_options options = {0.02, 3, count_down, &left};
    tr_pool *pool = tr_pool_create(2);
    double l2;
    assert_int_equal(tr_ials(&first, pool, &s.likes, &options), TR_STOPPED);
    assert_int_equal(left, -1);
    left = -1;
    assert_int_equal(tr_choose_l2(&l2, pool, &s.set, &options), TR_OK);
    assert_true(l2 > 1e-4 && l2 < 1.0);
    tr_pool_free(pool);
    close_school(&s);
}

static void test_holdout(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_holdout holdout;
    t->user[3].count[TT_LIKED] = 0;
    assert_int_equal(tr_holdout_split(&holdout, &t->data), TR_OK);
    uint32_t all = holdout.offset[TOY_USERS];
    assert_true(all > TOY_USERS * TOY_LIKES / 20 && all < TOY_USERS * TOY_LIKES / 5);
    assert_int_equal(holdout.data.pairs + all, t->data.pairs);
    uint32_t likes = 0;
    for (uint32_t u = 0; u < TOY_USERS; u++) {
        const tr_user *user = &holdout.data.user[u];
        for (uint32_t i = holdout.offset[u]; i < holdout.offset[u + 1]; i++) {
            assert_true(i == holdout.offset[u] || holdout.item[i - 1] < holdout.item[i]);
            for (uint32_t k = 0; k < user->count[TT_LIKED]; k++)
                assert_int_not_equal(user->history[TT_LIKED][k], holdout.item[i]);
        }
        if (u != 3)
            assert_int_equal(user->count[TT_LIKED] + holdout.offset[u + 1] - holdout.offset[u],
                             TOY_LIKES);
        assert_int_equal(user->count[TT_DISLIKED], TOY_OTHERS);
    }
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        likes += holdout.data.item_likes[i];
    assert_int_equal(likes + all, TOY_USERS * TOY_LIKES);
    tr_holdout_free(&holdout);
    free(t);
}

typedef struct watch {
    uint32_t last, steps, stop_at;
} watch;

static int progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    watch *w = context;
    assert_null(epoch);
    assert_int_equal(step, ++w->last);
    w->steps = steps;
    return step == w->stop_at;
}

static void test_epochs(void **state) {
    (void)state;
    school s;
    open_school(&s);
    tr_options options = toy_options();
    watch w = {0};
    tr_hooks hooks = {.progress = progress, .context = &w};
    assert_int_equal(tr_choose_epochs(&options, &s.toy->data, &s.vocabulary, &hooks), TR_OK);
    assert_true(options.epochs >= 15 && options.epochs <= 30 && options.epochs % 5 == 0);
    assert_true(options.l2 > 0.0f);
    assert_int_equal(w.last, w.steps);
    watch stopped = {.stop_at = 70};
    hooks.context = &stopped;
    assert_int_equal(tr_choose_epochs(&options, &s.toy->data, &s.vocabulary, &hooks), TR_STOPPED);
    assert_int_equal(stopped.last, 70);
    close_school(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_bits),
        cmocka_unit_test(test_holdout),
        cmocka_unit_test(test_epochs),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* For whom the plain MLP draws unobserved items, that its losses agree on it, and what a guess
 * loses then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/maths.h"
#include "mlp/baseline.h"
#include "unit/test_trainer_toy.h"

enum { NEGATIVES = 3, FEW = 3 };

/* Users of even number have FEW - 1 dislikes, those of odd number FEW. */
typedef struct bench {
    toy *toy;
    tr_vocabulary vocabulary;
    tr_options options;
} bench;

static bench open_bench(void) {
    bench b = {.toy = toy_create(), .options = tr_options_mlp()};
    uint32_t kept = 0, left[TOY_USERS];
    for (uint32_t u = 0; u < TOY_USERS; u++)
        left[u] = FEW - 1 + u % 2;
    for (uint32_t p = 0; p < b.toy->data.pairs; p++) {
        tr_pair pair = b.toy->pair[p];
        if (pair.label != TT_DISLIKED || (left[pair.user] > 0 && left[pair.user]-- > 0))
            b.toy->pair[kept++] = pair;
    }
    b.toy->data.pairs = kept;
    const tr_buckets buckets = {16, 0};
    assert_int_equal(tr_vocabulary_build_mlp(&b.vocabulary, &b.toy->data, &buckets), TR_OK);
    b.options.dim = 8;
    b.options.hidden = 12;
    b.options.epochs = 3;
    b.options.batch = 500;
    b.options.negatives = NEGATIVES;
    return b;
}

static void close_bench(bench *b) {
    tr_vocabulary_free(&b->vocabulary);
    free(b->toy);
}

/* A user who has nearly all items still gets only what is left. */
static void test_few_unobserved(void **state) {
    (void)state;
    bench b = open_bench();
    tr_pair pair[TOY_ITEMS];
    for (uint32_t i = 0; i + 1 < TOY_ITEMS; i++)
        pair[i] = (tr_pair){0, i, TT_LIKED, 1.0f};
    b.toy->data.pair = pair;
    b.toy->data.pairs = TOY_ITEMS - 1;
    tr_mlp_data set;
    tr_mlp_batch batch;
    assert_int_equal(tr_mlp_data_build(&set, &b.toy->data, &b.vocabulary, &b.options), TR_OK);
    assert_int_equal(tr_mlp_batch_create(&batch, &set, 8), TR_OK);
    tr_mlp_batch_begin(&batch);
    for (uint32_t e = 0; e < 8; e++)
        tr_mlp_batch_add(&batch, e, e);
    assert_int_equal(tr_mlp_batch_end(&batch), TR_OK);
    assert_int_equal(batch.pairs, 8);
    for (uint32_t p = 0; p < batch.pairs; p++)
        assert_true((batch.side[TT_ITEM].row[batch.pair[p].item] == TOY_ITEMS - 1) ==
                    (batch.pair[p].label == 0.0f));
    tr_mlp_batch_free(&batch);
    tr_mlp_data_free(&set);
    close_bench(&b);
}

/* Examples, their likes, and what was drawn beside them, of users of even and of odd number. */
typedef struct counted {
    uint32_t likes[2], drawn[2];
} counted;

static counted count(const bench *b) {
    counted of = {{0, 0}, {0, 0}};
    tr_mlp_data set;
    tr_mlp_batch batch;
    assert_int_equal(tr_mlp_data_build(&set, &b->toy->data, &b->vocabulary, &b->options), TR_OK);
    assert_int_equal(tr_mlp_batch_create(&batch, &set, 1 + NEGATIVES), TR_OK);
    assert_true((set.held_pairs > 0) == (b->options.patience > 0));
    for (uint32_t e = 0; e < set.examples; e++) {
        const tr_pair *pair = &b->toy->pair[set.example[e]];
        tr_mlp_batch_begin(&batch);
        tr_mlp_batch_add(&batch, set.example[e], e);
        of.likes[pair->user % 2] += pair->label == TT_LIKED;
        of.drawn[pair->user % 2] += batch.pairs - 1;
    }
    assert_true(of.likes[0] > 400 && of.likes[1] > 400);
    tr_mlp_batch_free(&batch);
    tr_mlp_data_free(&set);
    return of;
}

/* Who has few dislikes does not depend on which of them patience holds out. */
static void test_few_dislikes(void **state) {
    (void)state;
    bench b = open_bench();
    for (b.options.patience = 0; b.options.patience < 2; b.options.patience++)
        for (b.options.few_dislikes = 0; b.options.few_dislikes < FEW + 2;
             b.options.few_dislikes++) {
            uint32_t few = b.options.few_dislikes;
            counted of = count(&b);
            assert_int_equal(of.drawn[0], few == 0 || few >= FEW ? NEGATIVES * of.likes[0] : 0);
            assert_int_equal(of.drawn[1], few == 0 || few > FEW ? NEGATIVES * of.likes[1] : 0);
        }
    b.options.loss = TR_SOFTMAX;
    counted of = count(&b);
    assert_int_equal(of.drawn[0] + of.drawn[1], 0);
    close_bench(&b);
}

static int keep_epoch(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    (void)step;
    (void)steps;
    if (epoch)
        *(tr_epoch *)context = *epoch;
    return 0;
}

static tr_epoch train(bench *b, uint32_t negatives, uint32_t few_dislikes) {
    tr_epoch last = {.epoch = 0};
    tr_model *model = NULL;
    b->options.negatives = negatives;
    b->options.few_dislikes = few_dislikes;
    assert_int_equal(
        tr_train(&model, &b->toy->data, &b->vocabulary, &b->options, keep_epoch, &last), TR_OK);
    tr_model_free(model);
    return last;
}

static int same_losses(const tr_epoch *a, const tr_epoch *b) {
    return a->train_loss == b->train_loss && a->val_loss == b->val_loss &&
           a->holdout_loss == b->holdout_loss && a->pairs == b->pairs;
}

/* Training, the held-out loss and the validation loss draw for the same users: for nobody is as
 * without negatives, for everybody as without the limit, and half is neither.  At a rate of 0
 * the losses differ by what is drawn alone. */
static void test_losses_agree(void **state) {
    (void)state;
    bench b = open_bench();
    b.options.patience = 9;
    b.options.lr = 0.0f;
    tr_epoch none = train(&b, 0, 0), nobody = train(&b, NEGATIVES, 1);
    tr_epoch all = train(&b, NEGATIVES, 0), everybody = train(&b, NEGATIVES, FEW + 1);
    tr_epoch half = train(&b, NEGATIVES, FEW);
    assert_true(none.holdout_loss > 0.0 && same_losses(&none, &nobody));
    assert_true(all.holdout_loss > 0.0 && same_losses(&all, &everybody));
    counted of = count(&b);
    assert_int_equal(half.pairs - none.pairs, of.drawn[0]);
    assert_int_equal(all.pairs - none.pairs, NEGATIVES * (of.likes[0] + of.likes[1]));
    assert_true(half.holdout_loss != none.holdout_loss && half.holdout_loss != all.holdout_loss);
    assert_true(half.val_loss != none.val_loss && half.val_loss != all.val_loss);
    close_bench(&b);
}

/* What the best probability for pairs of such weights loses on them. */
static double entropy(double likes, double others) {
    double all = likes + others;
    return likes > 0.0 && others > 0.0
               ? -likes * tr_log(likes / all) - others * tr_log(others / all)
               : 0.0;
}

/* The guesses are what one probability, and one of each item, lose on batches as they are drawn. */
static void test_baseline(void **state) {
    (void)state;
    enum { EPOCHS = 200 };
    bench b = open_bench();
    tr_mlp_data set;
    tr_mlp_batch batch;
    tr_baseline baseline;
    double weight[TOY_ITEMS][2] = {{0.0}}, total[2] = {0.0, 0.0}, popular = 0.0;
    for (uint32_t p = 0; p < b.toy->data.pairs; p++)
        b.toy->pair[p].weight *= b.toy->pair[p].item < TOY_ITEMS / 4 ? 4.0f : 1.0f;
    b.options.few_dislikes = FEW;
    assert_int_equal(tr_mlp_data_build(&set, &b.toy->data, &b.vocabulary, &b.options), TR_OK);
    assert_int_equal(tr_mlp_batch_create(&batch, &set, 1 + NEGATIVES), TR_OK);
    assert_int_equal(tr_baseline_pairs(&baseline, &set), TR_OK);
    for (uint32_t n = 0; n < EPOCHS * set.examples; n++) {
        tr_mlp_batch_begin(&batch);
        tr_mlp_batch_add(&batch, set.example[n % set.examples], tr_random(3, n));
        for (uint32_t p = 0; p < batch.pairs; p++) {
            const tr_mlp_pair *pair = &batch.drawn[p];
            int liked = pair->label > 0.0f;
            weight[batch.side[TT_ITEM].row[pair->item]][liked] += (double)pair->weight;
            total[liked] += (double)pair->weight;
        }
    }
    double uniform = entropy(total[1], total[0]) / (total[0] + total[1]);
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        popular += entropy(weight[i][1], weight[i][0]) / (total[0] + total[1]);
    assert_true(baseline.uniform - uniform < 1e-9 && uniform - baseline.uniform < 1e-9);
    assert_true(baseline.popular - popular < 5e-3 && popular - baseline.popular < 5e-3);
    assert_true(baseline.popular < baseline.uniform - 0.04);
    tr_mlp_batch_free(&batch);
    tr_mlp_data_free(&set);
    close_bench(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_unobserved),
        cmocka_unit_test(test_few_dislikes),
        cmocka_unit_test(test_losses_agree),
        cmocka_unit_test(test_baseline),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The trainer's data set and batches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/state.h"
#include "kernel/maths.h"
#include "shared/baseline.h"
#include "shared/batch.h"
#include "shared/shrinkage.h"
#include "unit/test_trainer_toy.h"

static void test_dataset(void **state) {
    (void)state;
    toy *t = toy_create();
    t->likes[2] = 0;
    tr_vocabulary v;
    tr_dataset set;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_dataset_build(&set, &t->data, &v), TR_OK);
    assert_int_equal(set.rows, v.schema.id_rows + v.schema.token_rows);
    assert_int_equal(set.candidate_index[2], TR_NONE);
    for (uint32_t c = 0; c < set.candidates; c++)
        assert_int_equal(set.candidate_index[set.candidate[c]], c);
    /* What an item has and who has a row say the same. */
    size_t entries = 0;
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        entries += set.content.offset[i + 1] - set.content.offset[i] + (set.id_row[i] != TR_NONE);
    assert_int_equal(entries, set.row_items.offset[set.rows]);
    for (uint32_t r = 0; r < set.rows; r++)
        for (size_t e = set.row_items.offset[r]; e < set.row_items.offset[r + 1]; e++) {
            uint32_t i = set.row_items.entry[e].row;
            int found = set.id_row[i] == r;
            for (size_t k = set.content.offset[i]; k < set.content.offset[i + 1]; k++)
                found |= set.content.entry[k].row == r &&
                         set.content.entry[k].weight == set.row_items.entry[e].weight;
            assert_true(found);
        }
    tr_dataset_free(&set);
    tr_vocabulary_free(&v);
    free(t);
}

static float pair_weight(const toy *t, uint32_t user, uint32_t item) {
    uint32_t p = 0;
    while (t->pair[p].user != user || t->pair[p].item != item)
        p++;
    return t->pair[p].weight;
}

static void check_batch(const tr_batch *batch, const toy *t, const tr_dataset *set) {
    double sum = 0.0;
    for (uint32_t n = 0; n < batch->users; n++) {
        const tr_user *user = &t->user[batch->user[n]];
        uint32_t targets = batch->target_offset[n + 1] - batch->target_offset[n];
        uint32_t shown = batch->bag_offset[3 * n + 1] - batch->bag_offset[3 * n];
        assert_int_equal(shown + targets, user->count[TT_LIKED]);
        for (uint32_t i = batch->target_offset[n]; i < batch->target_offset[n + 1]; i++)
            for (uint32_t k = batch->bag_offset[3 * n]; k < batch->bag_offset[3 * n + 1]; k++)
                assert_true(set->candidate[batch->target[i]] != batch->bag_entry[k].row);
        double weights = 0.0;
        for (uint32_t i = batch->target_offset[n]; i < batch->target_offset[n + 1]; i++) {
            float weight = pair_weight(t, batch->user[n], set->candidate[batch->target[i]]);
            assert_true(batch->target_weight[i] == weight);
            weights += (double)weight;
        }
        sum += (double)batch->weight[n] * weights;
    }
    assert_true(sum > 1.0 - 1e-6 && sum < 1.0 + 1e-6);
}

static void test_batch(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    tr_dataset set;
    tr_batch batch;
    uint32_t user[TOY_USERS], seen[TOY_USERS] = {0}, shown = 0;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_dataset_build(&set, &t->data, &v), TR_OK);
    assert_int_equal(tr_batch_create(&batch, &set, TOY_USERS), TR_OK);
    for (uint32_t u = 0; u < TOY_USERS; u++)
        user[u] = u;
    tr_shuffle(user, TOY_USERS, 1, 1);
    for (uint32_t u = 0; u < TOY_USERS; u++)
        assert_int_equal(seen[user[u]]++, 0);
    for (uint32_t step = 0; step < 20; step++) {
        tr_dropout dropout = {1, step, 0.5f, 0.0f, 0.0f};
        tr_batch_draw(&batch, &set, &dropout, 0.5f, user, TOY_USERS);
        check_batch(&batch, t, &set);
        shown += batch.bag_offset[3 * TOY_USERS];
    }
    uint32_t all = 20 * TOY_USERS * (TOY_LIKES + TOY_OTHERS + TOY_OTHERS / 2);
    assert_true(shown > all * 48 / 100 && shown < all * 52 / 100);
    tr_batch_whole(&batch, &set, 0.5f, user, TOY_USERS);
    assert_int_equal(batch.bag_offset[3 * TOY_USERS], all / 20);
    assert_int_equal(batch.item_bags.offset[TOY_ITEMS], all / 20);
    assert_int_equal(batch.target_offset[TOY_USERS], TOY_USERS * TOY_VAL);
    tr_batch_free(&batch);
    tr_dataset_free(&set);
    tr_vocabulary_free(&v);
    free(t);
}

/* The entropy of what each item's likes weigh, and of nothing known. */
static void test_baseline(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    tr_dataset set;
    tr_baseline baseline;
    double share[TOY_ITEMS] = {0}, sum = 0.0, entropy = 0.0;
    t->user[0].count[TT_LIKED] = 3;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_dataset_build(&set, &t->data, &v), TR_OK);
    assert_int_equal(tr_baseline_likes(&baseline, &set, 0.5f), TR_OK);
    for (uint32_t u = 0; u < TOY_USERS; u++) {
        double likes = 0.0;
        for (uint32_t i = 0; i < t->user[u].count[TT_LIKED]; i++)
            likes += (double)pair_weight(t, u, t->list[u][TT_LIKED][i]);
        for (uint32_t i = 0; i < t->user[u].count[TT_LIKED]; i++) {
            uint32_t item = t->list[u][TT_LIKED][i];
            share[item] += (double)pair_weight(t, u, item) / tr_sqrt(likes);
        }
        sum += tr_sqrt(likes);
    }
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        entropy -= share[i] > 0.0 ? share[i] / sum * tr_log(share[i] / sum) : 0.0;
    assert_true(baseline.uniform == tr_log(set.candidates));
    assert_true(baseline.popular - entropy < 1e-6 && entropy - baseline.popular < 1e-6);
    assert_true(baseline.popular < baseline.uniform - 0.01);
    tr_dataset_free(&set);
    tr_vocabulary_free(&v);
    free(t);
}

/* The factor of a row is in what it weighs while training, and then in the row instead: what an
 * item adds up to is the same. */
static void test_shrinkage(void **state) {
    (void)state;
    toy *t = toy_create();
    for (uint32_t i = 0; i < TOY_ITEMS; i += i % 9 == 0 ? 1 : 3)
        t->likes[i] = 0; /* among others of all that maker 0 has */
    tr_vocabulary v;
    tr_dataset set, plain;
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_int_equal(tr_dataset_build(&set, &t->data, &v), TR_OK);
    assert_int_equal(tr_dataset_build(&plain, &t->data, &v), TR_OK);
    float *shrinkage = tr_shrinkage_of(&set), *table = malloc(set.rows * sizeof *table);
    assert_non_null(shrinkage);
    assert_non_null(table);
    uint32_t without = 0;
    for (uint32_t r = 0; r < set.rows; r++) {
        float known = 0.0f, k = r < set.id_rows ? 30.0f : 20.0f;
        for (size_t e = set.row_items.offset[r]; e < set.row_items.offset[r + 1]; e++) {
            uint32_t i = set.row_items.entry[e].row, liked = t->likes[i] > 0;
            known += (float)(r < set.id_rows ? t->reviews[i] : liked);
        }
        without += known == 0.0f;
        float square = known / (known + k);
        assert_true(shrinkage[r] * shrinkage[r] > square - 1e-6f);
        assert_true(shrinkage[r] * shrinkage[r] < square + 1e-6f);
        table[r] = (float)(r % 7) - 3.0f;
    }
    assert_true(without > 0);
    tr_shrinkage_apply(&set, shrinkage);
    for (uint32_t r = 0; r < set.rows; r++)
        for (size_t e = set.row_items.offset[r]; e < set.row_items.offset[r + 1]; e++)
            assert_true(set.row_items.entry[e].weight ==
                        plain.row_items.entry[e].weight * shrinkage[r]);
    float *folded = malloc(set.rows * sizeof *folded);
    assert_non_null(folded);
    memcpy(folded, table, set.rows * sizeof *folded);
    tr_shrinkage_fold(folded, 1, &set, shrinkage);
    for (size_t e = 0; e < set.content.offset[TOY_ITEMS]; e++) {
        tt_entry ours = set.content.entry[e], theirs = plain.content.entry[e];
        float missing = ours.weight * table[ours.row] - theirs.weight * folded[theirs.row];
        assert_true(missing < 1e-6f && missing > -1e-6f);
    }
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        if (set.id_row[i] != TR_NONE)
            assert_true(set.id_weight[i] * table[set.id_row[i]] == folded[set.id_row[i]]);
    free(folded);
    free(table);
    free(shrinkage);
    tr_dataset_free(&plain);
    tr_dataset_free(&set);
    tr_vocabulary_free(&v);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dataset),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_baseline),
        cmocka_unit_test(test_shrinkage),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

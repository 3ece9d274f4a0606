/* SPDX-License-Identifier: MIT */
/* tr_rank_segment and tr_compare on cases worked by hand. */
#include "trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-12)

/* Three users, six items, everybody is shown 0 1 2 (k 3).  Relevant are 0 and 5
 * for user 0, 1 2 4 for user 1, nothing for user 2. */
static const float scores[6] = {6, 5, 4, 3, 2, 1};
static const uint32_t likes[6] = {0}, none_of[4] = {0};
static const uint32_t relevant_of[] = {0, 2, 5, 5}, relevant[] = {0, 5, 1, 2, 4};

static const tr_ranking_input input = {.item_score = scores,
                                       .users = 3,
                                       .items = 6,
                                       .train = {none_of, NULL},
                                       .relevant = {relevant_of, relevant},
                                       .disliked = {none_of, NULL},
                                       .negatives = {none_of, NULL},
                                       .item_likes = likes,
                                       .k = 3,
                                       .k2 = 1,
                                       .threads = 2};

static tr_segment judged(const unsigned char *users, const unsigned char *items) {
    tr_ranking ranking;
    tr_segment segment;
    assert_int_equal(tr_rank(&ranking, &input), TR_OK);
    assert_int_equal(tr_rank_segment(&segment, &ranking, &input, users, items), TR_OK);
    tr_ranking_free(&ranking);
    return segment;
}

static void test_lists_are_kept(void **state) {
    (void)state;
    tr_ranking ranking;
    static const uint32_t shown[] = {0, 1, 2, 0, 1, 2};
    assert_int_equal(tr_rank(&ranking, &input), TR_OK);
    assert_int_equal(ranking.users, 2);
    assert_int_equal(ranking.counted[1], 1);
    assert_int_equal(ranking.top_length[1], 3);
    assert_memory_equal(ranking.top, shown, sizeof shown);
    tr_ranking_free(&ranking);
    assert_null(ranking.top);
}

static void test_all_is_the_ranking(void **state) {
    (void)state;
    tr_ranking ranking;
    tr_segment all;
    assert_int_equal(tr_rank(&ranking, &input), TR_OK);
    assert_int_equal(tr_rank_segment(&all, &ranking, &input, NULL, NULL), TR_OK);
    assert_int_equal(all.users, 2);
    assert_int_equal(all.pairs, 5);
    for (int m = 0; m < TR_AT_K; m++) {
        NEAR(all.at_k[m], ranking.at_k[m]);
        assert_true(all.low[m] == ranking.low[m] && all.high[m] == ranking.high[m]);
    }
    tr_ranking_free(&ranking);
}

static void test_items(void **state) {
    (void)state;
    /* User 0 keeps 0, at rank 1; user 1 keeps 2 and 4, of which 2 is at rank 3. */
    static const unsigned char even[6] = {1, 0, 1, 0, 1, 0}, last[6] = {0, 0, 0, 0, 0, 1};
    tr_segment segment = judged(NULL, even);
    assert_int_equal(segment.users, 2);
    assert_int_equal(segment.pairs, 3);
    NEAR(segment.at_k[TR_RECALL], (1 + 0.5) / 2);
    NEAR(segment.at_k[TR_MAP], (1 + (1.0 / 3) / 2) / 2);
    NEAR(segment.at_k[TR_MRR], (1 + 1.0 / 3) / 2);
    segment = judged(NULL, last);
    assert_int_equal(segment.users, 1);
    assert_int_equal(segment.pairs, 1);
    NEAR(segment.at_k[TR_RECALL], 0);
    NEAR(segment.high[TR_RECALL], 0);
}

static void test_users(void **state) {
    (void)state;
    static const unsigned char second[3] = {0, 1, 0}, third[3] = {0, 0, 1};
    tr_segment segment = judged(second, NULL);
    assert_int_equal(segment.users, 1);
    assert_int_equal(segment.pairs, 3);
    NEAR(segment.at_k[TR_RECALL], 2.0 / 3);
    NEAR(segment.at_k[TR_MAP], (1.0 / 2 + 2.0 / 3) / 3);
    NEAR(segment.low[TR_RECALL], 2.0 / 3);
    segment = judged(third, NULL);
    assert_int_equal(segment.users, 0);
    for (int m = 0; m < TR_AT_K; m++)
        assert_true(isnan(segment.at_k[m]) && isnan(segment.low[m]) && isnan(segment.high[m]));
}

/* ---- Two rankings ------------------------------------------------------------------------ */

static tr_change compared(const float *before, const float *after, uint32_t users) {
    tr_change change;
    assert_int_equal(tr_compare(&change, before, after, users, 2), TR_OK);
    return change;
}

static void test_no_difference(void **state) {
    (void)state;
    static const float value[] = {0, 0.5f, NAN, 1, 0.25f};
    tr_change change = compared(value, value, 5);
    assert_int_equal(change.users, 4);
    NEAR(change.before, 1.75 / 4);
    assert_true(change.difference == 0 && change.low == 0 && change.high == 0);
    assert_true(change.drop == 0 && change.drop_low == 0);
}

/* Every user loses the same part, so every draw does: pairs leave no spread. */
static void test_pairs_leave_no_spread(void **state) {
    (void)state;
    static const float before[] = {0.5f, 1, 0.25f, 0.75f}, after[] = {0.25f, 0.5f, 0.125f, 0.375f};
    tr_change change = compared(before, after, 4);
    NEAR(change.drop, 0.5);
    NEAR(change.drop_low, 0.5);
    NEAR(change.difference, -0.3125);
    assert_true(change.low < change.difference && change.difference < change.high);
    change = compared(after, before, 4);
    NEAR(change.drop, -1);
    NEAR(change.drop_low, -1);
}

static void test_only_common_users(void **state) {
    (void)state;
    static const float before[] = {NAN, 1, 1}, after[] = {0, NAN, 0.5f}, nobody[] = {1, NAN, NAN};
    tr_change change = compared(before, after, 3);
    assert_int_equal(change.users, 1);
    NEAR(change.difference, -0.5);
    NEAR(change.drop, 0.5);
    change = compared(before, nobody, 2);
    assert_int_equal(change.users, 0);
    assert_true(isnan(change.before) && isnan(change.difference) && isnan(change.low) &&
                isnan(change.high) && isnan(change.drop) && isnan(change.drop_low));
    change = compared(before, nobody, 0);
    assert_true(isnan(change.drop_low));
}

static void test_nothing_to_lose(void **state) {
    (void)state;
    static const float before[] = {0, 0}, after[] = {0, 1};
    tr_change change = compared(before, after, 2);
    NEAR(change.difference, 0.5);
    assert_true(change.drop == 0 && change.drop_low == 0);
}

/* One user in five loses all: the drop of a draw is that of a binomial, with a
 * standard deviation of sqrt(.2 * .8 / 400) = .02. */
static void test_interval(void **state) {
    (void)state;
    enum { MANY = 400 };
    static float before[MANY], after[MANY];
    for (int i = 0; i < MANY; i++) {
        before[i] = 1;
        after[i] = i % 5 ? 1 : 0;
    }
    tr_change change = compared(before, after, MANY);
    NEAR(change.drop, 0.2);
    assert_true(fabs(change.drop_low - (0.2 - 1.645 * 0.02)) < 0.004);
    assert_true(fabs(change.low - (-0.2 - 1.96 * 0.02)) < 0.005);
    assert_true(fabs(change.high - (-0.2 + 1.96 * 0.02)) < 0.005);
    tr_change other;
    for (uint32_t threads = 1; threads < 5; threads++) {
        assert_int_equal(tr_compare(&other, before, after, MANY, threads), TR_OK);
        assert_memory_equal(&other.before, &change.before, 7 * sizeof(double));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_are_kept),
        cmocka_unit_test(test_all_is_the_ranking),
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_no_difference),
        cmocka_unit_test(test_pairs_leave_no_spread),
        cmocka_unit_test(test_only_common_users),
        cmocka_unit_test(test_nothing_to_lose),
        cmocka_unit_test(test_interval),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* tr_rank: worked cases, and random data against a plain second implementation. */
#include "trainer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-12)

static tr_ranking ranked(const tr_ranking_input *input) {
    tr_ranking ranking;
    assert_int_equal(tr_rank(&ranking, input), TR_OK);
    return ranking;
}

/* One user, six items, scores with ties: 5 1 3 3 0 1. */
static const float six_scores[6] = {5, 1, 3, 3, 0, 1};
static const uint32_t six_likes[6] = {3, 1, 0, 0, 0, 6}, one_none[2] = {0, 0};
static const uint32_t one_one[2] = {0, 1}, one_two[2] = {0, 2};

static tr_ranking_input six(uint32_t k) {
    return (tr_ranking_input){.item_score = six_scores,
                              .users = 1,
                              .items = 6,
                              .train = {one_none, NULL},
                              .disliked = {one_none, NULL},
                              .negatives = {one_none, NULL},
                              .item_likes = six_likes,
                              .k = k,
                              .k2 = 1,
                              .threads = 1};
}

static void test_worked(void **state) {
    (void)state;
    /* Without item 0 the order is 2 3 1 5 4 (ties to the earlier item); relevant are 3 and 5. */
    static const uint32_t train[] = {0}, relevant[] = {3, 5};
    tr_ranking_input input = six(3);
    input.train = (tr_lists){one_one, train};
    input.relevant = (tr_lists){one_two, relevant};
    tr_ranking r = ranked(&input);
    assert_int_equal(r.users, 1);
    NEAR(r.at_k[TR_RECALL], 1.0 / 2);
    NEAR(r.at_k[TR_RECALL_CAPPED], 1.0 / 2);
    NEAR(r.at_k[TR_MAP], 1.0 / 2 / 2);
    NEAR(r.at_k[TR_NDCG], 1 / log2(3) / (1 + 1 / log2(3)));
    NEAR(r.at_k[TR_PRECISION], 1.0 / 3);
    NEAR(r.at_k[TR_HIT_RATE], 1.0);
    NEAR(r.at_k[TR_MRR], 1.0 / 2);
    for (int m = 0; m < TR_AT_K; m++) {
        NEAR(r.at_k2[m], 0.0);
        NEAR(r.low[m], r.at_k[m]);
        NEAR(r.high[m], r.at_k[m]);
        assert_true(r.per_user[m][0] == (float)r.at_k[m]);
    }
    /* The list is 2 3 1; likes are 0 0 1 of 10, over 6 items. */
    NEAR(r.coverage, 3.0 / 6);
    NEAR(r.novelty, (2 * log2(16) + log2(16 / 2.0)) / 3);
    NEAR(r.gini, 2.0 * (4 + 5 + 6) / (6 * 3) - 7.0 / 6);
    assert_true(isnan(r.auc_pooled) && isnan(r.auc_explicit_mean));
    tr_ranking_free(&r);
}

static void test_recall_is_capped(void **state) {
    (void)state;
    static const uint32_t relevant[] = {0, 1, 4}, three[] = {0, 3};
    tr_ranking_input input = six(2);
    input.relevant = (tr_lists){three, relevant};
    tr_ranking r = ranked(&input); /* 0 2 */
    NEAR(r.at_k[TR_RECALL], 1.0 / 3);
    NEAR(r.at_k[TR_RECALL_CAPPED], 1.0 / 2);
    NEAR(r.at_k[TR_MAP], 1.0 / 2);
    NEAR(r.at_k[TR_NDCG], 1 / (1 + 1 / log2(3)));
    NEAR(r.at_k2[TR_RECALL], 1.0 / 3);
    NEAR(r.at_k2[TR_RECALL_CAPPED], 1.0);
    NEAR(r.at_k2[TR_MAP], 1.0);
    NEAR(r.at_k2[TR_NDCG], 1.0);
    tr_ranking_free(&r);
}

static void test_k_beyond_candidates(void **state) {
    (void)state;
    static const uint32_t train[] = {0, 1, 2, 3}, four[] = {0, 4}, relevant[] = {4};
    tr_ranking_input input = six(20);
    input.k2 = 10;
    input.train = (tr_lists){four, train};
    input.relevant = (tr_lists){one_one, relevant};
    tr_ranking r = ranked(&input); /* 5 4 */
    NEAR(r.at_k[TR_RECALL], 1.0);
    NEAR(r.at_k[TR_PRECISION], 1.0 / 20);
    NEAR(r.at_k2[TR_PRECISION], 1.0 / 10);
    NEAR(r.at_k[TR_MRR], 1.0 / 2);
    NEAR(r.coverage, 2.0 / 6);
    tr_ranking_free(&r);
}

static void test_nobody_to_count(void **state) {
    (void)state;
    tr_ranking_input input = six(3);
    input.relevant = (tr_lists){one_none, NULL};
    tr_ranking r = ranked(&input);
    assert_int_equal(r.users, 0);
    for (int m = 0; m < TR_AT_K; m++)
        assert_true(isnan(r.at_k[m]) && isnan(r.at_k2[m]) && isnan(r.low[m]) && isnan(r.high[m]) &&
                    isnan(r.per_user[m][0]));
    assert_true(isnan(r.coverage) && isnan(r.gini) && isnan(r.novelty) && isnan(r.auc_pooled));
    tr_ranking_free(&r);
}

static void test_auc(void **state) {
    (void)state;
    /* User 0: 5 3 against 3 1, three wins and a tie; user 1: 0 against 5 and 1, none;
     * user 2: nothing to compare with. Pooled: 5 3 0 against 3 1 5 1. */
    static const uint32_t relevant_of[] = {0, 2, 3, 4}, relevant[] = {0, 2, 4, 1};
    static const uint32_t others_of[] = {0, 2, 4, 4}, others[] = {3, 5, 0, 1};
    static const uint32_t none_of[4] = {0};
    tr_ranking_input input = six(3);
    input.users = 3;
    input.train.offset = none_of;
    input.relevant = (tr_lists){relevant_of, relevant};
    input.negatives = (tr_lists){others_of, others};
    input.disliked = (tr_lists){none_of, NULL};
    tr_ranking r = ranked(&input);
    NEAR(r.auc_mean, (3.5 / 4 + 0) / 2);
    NEAR(r.auc_pooled, (3.5 + 2.5) / 12);
    assert_true(isnan(r.auc_explicit_pooled) && isnan(r.auc_explicit_mean));
    double mean = r.auc_mean, pooled = r.auc_pooled;
    tr_ranking_free(&r);
    input.disliked = input.negatives;
    input.negatives = (tr_lists){NULL, NULL};
    r = ranked(&input);
    NEAR(r.auc_explicit_mean, mean);
    NEAR(r.auc_explicit_pooled, pooled);
    assert_true(isnan(r.auc_pooled) && isnan(r.auc_mean));
    tr_ranking_free(&r);
}

static void test_not_finite_is_not_recommended(void **state) {
    (void)state;
    static const uint32_t relevant[] = {0, 3}, negatives[] = {1};
    const float score[6] = {NAN, INFINITY, -INFINITY, 2, 1, NAN};
    tr_ranking_input input = six(6);
    input.item_score = score;
    input.relevant = (tr_lists){one_two, relevant};
    input.negatives = (tr_lists){one_one, negatives};
    tr_ranking r = ranked(&input); /* 3 4 */
    NEAR(r.at_k[TR_RECALL], 1.0 / 2);
    NEAR(r.at_k[TR_MRR], 1.0);
    NEAR(r.coverage, 2.0 / 6);
    NEAR(r.auc_pooled, 0.0);
    tr_ranking_free(&r);
}

static void test_zero_has_no_sign(void **state) {
    (void)state;
    static const uint32_t relevant[] = {1}, negatives[] = {0};
    const float score[6] = {0.0f, -0.0f, -1, -1, -1, -1};
    tr_ranking_input input = six(2);
    input.item_score = score;
    input.relevant = (tr_lists){one_one, relevant};
    input.negatives = (tr_lists){one_one, negatives};
    tr_ranking r = ranked(&input); /* 0 1 */
    NEAR(r.auc_pooled, 0.5);
    NEAR(r.at_k[TR_MRR], 0.5);
    tr_ranking_free(&r);
}

/* ---- Random data --------------------------------------------------------------------- */

enum { USERS = 150, ITEMS = 601, MOST = 12 };

typedef struct lists_data {
    uint32_t offset[USERS + 1], item[USERS * MOST];
} lists_data;

typedef struct world {
    uint32_t dim;
    float *user, *item;
    uint32_t likes[ITEMS];
    lists_data train, relevant, disliked, negatives;
} world;

static uint32_t next_random(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* Steps of 1/8, so that equal scores are common; ascending lists, some empty. */
static void make_lists(lists_data *lists, uint64_t *state) {
    uint32_t used = 0;
    for (uint32_t user = 0; user < USERS; user++) {
        lists->offset[user] = used;
        uint32_t want = next_random(state) % (MOST + 1), at = 0;
        for (uint32_t n = 0; n < want; n++) {
            at += 1 + next_random(state) % (ITEMS / MOST - 1);
            lists->item[used++] = at - 1;
        }
    }
    lists->offset[USERS] = used;
}

static float *make_rows(uint32_t rows, uint32_t dim, int fine, uint64_t *state) {
    float *row = malloc(sizeof *row * rows * dim);
    assert_non_null(row);
    for (size_t i = 0; i < (size_t)rows * dim; i++)
        row[i] = fine ? (float)next_random(state) * 0x1p-31f - 0.4f
                      : (float)(next_random(state) % 5) / 8 - 0.25f;
    return row;
}

static tr_ranking_input make_world(world *w, uint32_t dim, int fine, uint64_t seed) {
    uint64_t state = seed;
    w->dim = dim;
    w->user = make_rows(USERS, dim, fine, &state);
    w->item = make_rows(ITEMS, dim, fine, &state);
    for (int i = 0; i < ITEMS; i++)
        w->likes[i] = next_random(&state) % 50;
    make_lists(&w->train, &state);
    make_lists(&w->relevant, &state);
    make_lists(&w->disliked, &state);
    make_lists(&w->negatives, &state);
    return (tr_ranking_input){.user_embedding = w->user,
                              .item_embedding = w->item,
                              .users = USERS,
                              .items = ITEMS,
                              .dim = dim,
                              .train = {w->train.offset, w->train.item},
                              .relevant = {w->relevant.offset, w->relevant.item},
                              .disliked = {w->disliked.offset, w->disliked.item},
                              .negatives = {w->negatives.offset, w->negatives.item},
                              .item_likes = w->likes,
                              .k = 20,
                              .k2 = 10,
                              .threads = 1};
}

static void free_world(world *w) {
    free(w->user);
    free(w->item);
}

static int in_list(const lists_data *lists, uint32_t user, uint32_t item) {
    for (uint32_t at = lists->offset[user]; at < lists->offset[user + 1]; at++)
        if (lists->item[at] == item)
            return 1;
    return 0;
}

/* The definition, pair by pair, of scores that the core gives. */
static double plain_auc(const world *w, const lists_data *against, double *mean) {
    tt_rows rows = {w->item, ITEMS, w->dim, TT_F32};
    double won = 0, pairs = 0, sum = 0, users = 0;
    float good[USERS * MOST], bad[USERS * MOST];
    uint32_t goods = 0, bads = 0;
    for (uint32_t u = 0; u < USERS; u++) {
        const float *query = w->user + (size_t)u * w->dim;
        uint32_t first_good = goods, first_bad = bads;
        if (against->offset[u] == against->offset[u + 1] ||
            w->relevant.offset[u] == w->relevant.offset[u + 1])
            continue;
        for (uint32_t at = w->relevant.offset[u]; at < w->relevant.offset[u + 1]; at++)
            good[goods++] = tt_dot(tt_kernels_c(), &rows, query, w->relevant.item[at]);
        for (uint32_t at = against->offset[u]; at < against->offset[u + 1]; at++)
            bad[bads++] = tt_dot(tt_kernels_c(), &rows, query, against->item[at]);
        double own = 0;
        for (uint32_t g = first_good; g < goods; g++)
            for (uint32_t b = first_bad; b < bads; b++)
                own += good[g] > bad[b] ? 1 : good[g] == bad[b] ? 0.5 : 0;
        sum += own / ((goods - first_good) * (double)(bads - first_bad));
        users++;
    }
    for (uint32_t g = 0; g < goods; g++)
        for (uint32_t b = 0; b < bads; b++, pairs++)
            won += good[g] > bad[b] ? 1 : good[g] == bad[b] ? 0.5 : 0;
    *mean = sum / users;
    return won / pairs;
}

/* Metrics of one user at one cut, from a list of the core's tt_topk. */
static void plain_metrics(const world *w, uint32_t user, const tt_hit *hit, size_t count,
                          uint32_t k, double value[TR_AT_K]) {
    double relevant = w->relevant.offset[user + 1] - w->relevant.offset[user];
    double most = relevant < k ? relevant : k, hits = 0, gain = 0, ideal = 0, sum = 0, first = 0;
    for (size_t rank = 0; rank < count && rank < k; rank++)
        if (in_list(&w->relevant, user, hit[rank].index)) {
            hits++;
            sum += hits / ((double)rank + 1);
            gain += 1 / log2((double)rank + 2);
            first = first > 0 ? first : 1 / ((double)rank + 1);
        }
    for (int rank = 0; rank < (int)most; rank++)
        ideal += 1 / log2(rank + 2);
    const double all[TR_AT_K] = {hits / relevant, hits / most, sum / most, gain / ideal,
                                 hits / k,        hits > 0,    first};
    for (int m = 0; m < TR_AT_K; m++)
        value[m] += all[m];
}

/* NaN scores of the user in `per_user` must be exactly those without relevant items. */
static void compare(const world *w, const tr_ranking_input *input, const tr_ranking *r) {
    tt_rows rows = {w->item, ITEMS, w->dim, TT_F32};
    double at_k[TR_AT_K] = {0}, at_k2[TR_AT_K] = {0}, novelty = 0, listed = 0, all = ITEMS, mean;
    uint32_t users = 0, times[ITEMS] = {0}, different = 0;
    tt_hit hit[20];
    for (int i = 0; i < ITEMS; i++)
        all += w->likes[i];
    for (uint32_t u = 0; u < USERS; u++) {
        uint32_t begin = w->train.offset[u], excluded = w->train.offset[u + 1] - begin;
        int counted = w->relevant.offset[u + 1] > w->relevant.offset[u];
        assert_int_equal(!isnan(r->per_user[TR_RECALL][u]), counted);
        if (!counted)
            continue;
        size_t count = tt_topk(tt_kernels_c(), &rows, w->user + (size_t)u * w->dim,
                               w->train.item + begin, excluded, hit, input->k);
        plain_metrics(w, u, hit, count, input->k, at_k);
        plain_metrics(w, u, hit, count, input->k2, at_k2);
        for (size_t rank = 0; rank < count; rank++, listed++) {
            different += !times[hit[rank].index]++;
            novelty -= log2((w->likes[hit[rank].index] + 1.0) / all);
        }
        users++;
    }
    assert_int_equal(r->users, users);
    for (int m = 0; m < TR_AT_K; m++) {
        NEAR(r->at_k[m], at_k[m] / users);
        NEAR(r->at_k2[m], at_k2[m] / users);
        assert_true(r->low[m] <= r->at_k[m] && r->at_k[m] <= r->high[m]);
    }
    NEAR(r->coverage, (double)different / ITEMS);
    NEAR(r->novelty, novelty / listed);
    NEAR(r->auc_pooled, plain_auc(w, &w->negatives, &mean));
    NEAR(r->auc_mean, mean);
    NEAR(r->auc_explicit_pooled, plain_auc(w, &w->disliked, &mean));
    NEAR(r->auc_explicit_mean, mean);
}

static void test_against_the_definition(void **state) {
    (void)state;
    static const uint32_t dims[] = {1, 3, 8, 13, 32};
    static world w;
    for (uint32_t n = 0; n < 2 * sizeof dims / sizeof *dims; n++) {
        tr_ranking_input input = make_world(&w, dims[n / 2], n % 2 != 0, n + 1);
        tr_ranking r = ranked(&input);
        compare(&w, &input, &r);
        tr_ranking_free(&r);
        free_world(&w);
    }
}

/* Mean absolute difference of all pairs over twice the mean: another form of Gini. */
static void test_gini(void **state) {
    (void)state;
    static const uint32_t relevant_of[] = {0, 1, 2, 3}, relevant[] = {0, 0, 0};
    static const uint32_t train_of[] = {0, 1, 1, 2}, train[] = {0, 2};
    tr_ranking_input input = six(2);
    input.users = 3;
    input.relevant = (tr_lists){relevant_of, relevant};
    input.train = (tr_lists){train_of, train};
    input.disliked = input.negatives = (tr_lists){NULL, NULL};
    tr_ranking r = ranked(&input); /* 2 3 | 0 2 | 0 3 */
    const double times[6] = {2, 0, 2, 2, 0, 0};
    double sum = 0;
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            sum += fabs(times[i] - times[j]);
    NEAR(r.gini, sum / (2 * 6 * 6));
    tr_ranking_free(&r);
}

static int same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

static void test_threads_change_no_bit(void **state) {
    (void)state;
    static world w;
    tr_ranking_input input = make_world(&w, 24, 1, 99);
    tr_ranking one = ranked(&input);
    for (input.threads = 2; input.threads <= 4; input.threads++) {
        tr_ranking r = ranked(&input);
        for (int m = 0; m < TR_AT_K; m++) {
            assert_true(same(one.at_k[m], r.at_k[m]) && same(one.at_k2[m], r.at_k2[m]));
            assert_true(same(one.low[m], r.low[m]) && same(one.high[m], r.high[m]));
            assert_memory_equal(one.per_user[m], r.per_user[m], USERS * sizeof(float));
        }
        assert_true(same(one.coverage, r.coverage) && same(one.gini, r.gini) &&
                    same(one.novelty, r.novelty));
        assert_true(same(one.auc_pooled, r.auc_pooled) && same(one.auc_mean, r.auc_mean));
        assert_true(same(one.auc_explicit_pooled, r.auc_explicit_pooled));
        tr_ranking_free(&r);
    }
    tr_ranking_free(&one);
    free_world(&w);
}

/* Half of 400 users hit: the interval is that of a binomial, 1.96 * sqrt(.25 / 400). */
static void test_interval_width(void **state) {
    (void)state;
    enum { MANY = 400 };
    static uint32_t offset[MANY + 1], relevant[MANY];
    tr_ranking_input input = six(1);
    for (uint32_t user = 0; user < MANY; user++) {
        offset[user + 1] = user + 1;
        relevant[user] = user % 2 ? 0 : 4;
    }
    input.users = MANY;
    input.train = input.disliked = input.negatives = (tr_lists){NULL, NULL};
    input.relevant = (tr_lists){offset, relevant};
    tr_ranking r = ranked(&input);
    NEAR(r.at_k[TR_RECALL], 0.5);
    assert_true(fabs(r.low[TR_RECALL] - 0.451) < 0.005);
    assert_true(fabs(r.high[TR_RECALL] - 0.549) < 0.005);
    tr_ranking_free(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked),
        cmocka_unit_test(test_recall_is_capped),
        cmocka_unit_test(test_k_beyond_candidates),
        cmocka_unit_test(test_nobody_to_count),
        cmocka_unit_test(test_auc),
        cmocka_unit_test(test_not_finite_is_not_recommended),
        cmocka_unit_test(test_zero_has_no_sign),
        cmocka_unit_test(test_against_the_definition),
        cmocka_unit_test(test_gini),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_interval_width),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

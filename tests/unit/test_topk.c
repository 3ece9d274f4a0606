/* SPDX-License-Identifier: MIT */
/* Top-K against a full sort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

#include <stdlib.h>

enum { MAX_ROWS = 300, MAX_DIM = 40 };

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

/* Small multiples of 1/4: dot products are exact, and ties are many. */
static float random_value(void) {
    return ((float)random_below(5) - 2.0f) / 4.0f;
}

static void put_value(uint8_t *at, tt_type type, size_t i, float value) {
    uint32_t bits = type == TT_F16 ? tt_half_from_float(value) : tt_float_to_bits(value);
    for (size_t b = 0; b < (type == TT_F16 ? 2u : 4u); b++)
        at[i * (type == TT_F16 ? 2 : 4) + b] = (uint8_t)(bits >> (8 * b));
}

typedef struct catalogue {
    uint8_t bytes[MAX_ROWS * MAX_DIM * 4 + 4];
    float value[MAX_ROWS][MAX_DIM], query[MAX_DIM];
    uint32_t excluded[MAX_ROWS + 2];
    size_t excluded_count;
    uint8_t is_excluded[MAX_ROWS];
    tt_rows rows;
} catalogue;

static catalogue all;

static void make_catalogue(uint32_t count, uint32_t dim, tt_type type, uint32_t excluded) {
    uint8_t *bytes = all.bytes + random_below(4); /* at any alignment */
    all.rows = (tt_rows){bytes, count, dim, type};
    all.excluded_count = 0;
    for (uint32_t j = 0; j < dim; j++)
        all.query[j] = random_value();
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < dim; j++) {
            all.value[i][j] = random_value();
            put_value(bytes, type, (size_t)i * dim + j, all.value[i][j]);
        }
        all.is_excluded[i] = random_below(100) < excluded;
        if (all.is_excluded[i])
            all.excluded[all.excluded_count++] = i;
    }
    all.excluded[all.excluded_count++] = count + 5; /* rows that are not there do no harm */
}

static int by_rank(const void *left, const void *right) {
    const tt_hit *a = left, *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static size_t full_sort(tt_hit *hits) {
    size_t count = 0;
    for (uint32_t i = 0; i < all.rows.count; i++) {
        float sum = 0;
        for (uint32_t j = 0; j < all.rows.dim; j++)
            sum += all.value[i][j] * all.query[j];
        if (!all.is_excluded[i])
            hits[count++] = (tt_hit){i, sum};
    }
    qsort(hits, count, sizeof *hits, by_rank);
    return count;
}

static void the_best_come_first(void **state) {
    static tt_hit hits[MAX_ROWS + 10], right[MAX_ROWS];
    (void)state;
    for (int round = 0; round < 400; round++) {
        make_catalogue(random_below(MAX_ROWS + 1), 1 + random_below(MAX_DIM),
                       round % 2 ? TT_F16 : TT_F32, random_below(4) * 33);
        size_t k = random_below(3) ? random_below(20) : random_below(MAX_ROWS + 10);
        size_t most = full_sort(right);
        hits[k].index = 12345; /* one past what may be written */
        size_t held = tt_topk(tt_kernels_c(), &all.rows, all.query, all.excluded,
                              all.excluded_count, hits, k);
        assert_int_equal(held, k < most ? k : most);
        for (size_t i = 0; i < held; i++) {
            assert_int_equal(hits[i].index, right[i].index);
            assert_true(hits[i].score == right[i].score);
            assert_true(tt_dot(tt_kernels_c(), &all.rows, all.query, hits[i].index) ==
                        hits[i].score);
        }
        assert_int_equal(hits[k].index, 12345);
    }
}

/* Many queries at once give what each gives alone, with every table of kernels. */
static void a_batch_is_its_queries(void **state) {
    enum { QUERIES = 7, MAX_HITS = 12 };
    static tt_hit alone[MAX_HITS], hits[QUERIES][MAX_HITS];
    static float vector[QUERIES][MAX_DIM];
    const tt_kernels *kernels[] = {tt_kernels_c(), tt_kernels_best()};
    (void)state;
    for (int round = 0; round < 200; round++) {
        tt_query query[QUERIES];
        size_t count = random_below(QUERIES + 1);
        make_catalogue(random_below(MAX_ROWS + 1), 1 + random_below(MAX_DIM),
                       round % 2 ? TT_F16 : TT_F32, random_below(4) * 33);
        for (size_t q = 0; q < count; q++) {
            for (uint32_t j = 0; j < all.rows.dim; j++)
                vector[q][j] = (float)random_below(9) - 4;
            query[q] = (tt_query){.vector = vector[q],
                                  .excluded = all.excluded,
                                  .excluded_count = q % 2 ? all.excluded_count : 0,
                                  .hits = hits[q],
                                  .k = random_below(MAX_HITS + 1)};
        }
        void *scratch = malloc(tt_topk_batch_size(&all.rows));
        assert_non_null(scratch);
        tt_topk_batch(kernels[round / 2 % 2], &all.rows, query, count, scratch);
        free(scratch);
        for (size_t q = 0; q < count; q++) {
            size_t held = tt_topk(tt_kernels_c(), &all.rows, vector[q], query[q].excluded,
                                  query[q].excluded_count, alone, query[q].k);
            assert_int_equal(query[q].held, held);
            assert_memory_equal(hits[q], alone, held * sizeof *alone);
        }
    }
}

/* Every 61st row has the same values in another order, so that only the rounding of the sums ranks
 * them; the rows between are far behind. */
static void a_batch_ranks_neighbours_by_their_bits(void **state) {
    enum { QUERIES = 8, HITS = 20, DIM = 64, ROWS = 5000 };
    static uint8_t half[ROWS * DIM * 2];
    static float vector[QUERIES][DIM];
    static tt_hit alone[HITS], hits[QUERIES][HITS];
    float value[DIM];
    tt_query query[QUERIES];
    const tt_rows rows = {half, ROWS, DIM, TT_F16};
    (void)state;
    for (size_t j = 0; j < DIM; j++)
        value[j] = (float)(j * 37 % 101) / 128;
    for (size_t i = 0; i < ROWS * DIM; i++) {
        size_t other = i % DIM + random_below((uint32_t)(DIM - i % DIM));
        float moved = value[other];
        value[other] = value[i % DIM];
        value[i % DIM] = moved;
        put_value(half, TT_F16, i, i / DIM % 61 ? moved / 2 : moved);
    }
    for (size_t q = 0; q < QUERIES; q++) {
        for (size_t j = 0; j < DIM; j++)
            vector[q][j] = 1.0f / (float)(3 + q);
        query[q] = (tt_query){.vector = vector[q], .hits = hits[q], .k = HITS};
    }
    void *scratch = malloc(tt_topk_batch_size(&rows));
    assert_non_null(scratch);
    tt_topk_batch(tt_kernels_best(), &rows, query, QUERIES, scratch);
    free(scratch);
    for (size_t q = 0; q < QUERIES; q++) {
        assert_int_equal(query[q].held, HITS);
        assert_int_equal(tt_topk(tt_kernels_c(), &rows, vector[q], NULL, 0, alone, HITS), HITS);
        assert_memory_equal(hits[q], alone, sizeof alone);
    }
}

static void none_are_asked_for(void **state) {
    (void)state;
    make_catalogue(10, 4, TT_F16, 0);
    assert_int_equal(tt_topk(tt_kernels_c(), &all.rows, all.query, NULL, 0, NULL, 0), 0);
}

static void scores_that_are_not_finite_are_left_out(void **state) {
    tt_hit hits[10];
    (void)state;
    make_catalogue(10, 8, TT_F16, 0);
    for (int j = 0; j < 8; j++)
        all.query[j] = 1.0f;
    uint8_t *bytes = all.bytes + ((const uint8_t *)all.rows.data - all.bytes);
    put_value(bytes, TT_F16, 3 * 8 + 1, tt_bits_to_float(0x7f800000));
    put_value(bytes, TT_F16, 5 * 8 + 2, tt_bits_to_float(0xff800000));
    put_value(bytes, TT_F16, 7 * 8 + 3, tt_bits_to_float(0x7fc00000));
    size_t held = tt_topk(tt_kernels_c(), &all.rows, all.query, NULL, 0, hits, 10);
    assert_int_equal(held, 7);
    for (size_t i = 0; i < held; i++)
        assert_true(hits[i].index != 3 && hits[i].index != 5 && hits[i].index != 7);
}

/* The order of sums that core/DESIGN.md promises, for a length with a tail. */
static void dots_sum_in_eight_lanes(void **state) {
    float value[MAX_DIM], query[MAX_DIM];
    uint8_t bytes[MAX_DIM * 4];
    (void)state;
    for (uint32_t n = 1; n <= MAX_DIM; n++) {
        float lane[8] = {0};
        for (uint32_t i = 0; i < n; i++) {
            value[i] = (float)random_below(1u << 24) * 1e-3f - 5000.0f;
            query[i] = (float)random_below(1u << 24) * 1e-5f - 80.0f;
            put_value(bytes, TT_F32, i, value[i]);
            float product = value[i] * query[i];
            lane[i % 8] = lane[i % 8] + product;
        }
        float right = ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
                      ((lane[1] + lane[5]) + (lane[3] + lane[7]));
        tt_rows rows = {bytes, 1, n, TT_F32};
        float dot = tt_dot(tt_kernels_c(), &rows, query, 0);
        assert_int_equal(tt_float_to_bits(dot), tt_float_to_bits(right));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_come_first),
        cmocka_unit_test(a_batch_is_its_queries),
        cmocka_unit_test(a_batch_ranks_neighbours_by_their_bits),
        cmocka_unit_test(none_are_asked_for),
        cmocka_unit_test(scores_that_are_not_finite_are_left_out),
        cmocka_unit_test(dots_sum_in_eight_lanes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

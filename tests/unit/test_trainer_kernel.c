/* SPDX-License-Identifier: MIT */
/* The trainer's loops against slow references in double precision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/optimiser.h"
#include "common/random.h"
#include "kernel/fma.h"
#include "kernel/maths.h"
#include "kernel/matmul.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

static double distance(double a, double b) {
    return a > b ? a - b : b - a;
}

static void fill(float *to, size_t count, uint64_t key) {
    for (size_t i = 0; i < count; i++)
        to[i] = 2.0f * tr_uniform(key, i) - 1.0f;
}

/* e^x by a series in double precision. */
static double slow_exp(double x) {
    double term = 1.0, sum = 1.0;
    for (int k = 1; k < 400; k++) {
        term *= (x < 0 ? -x : x) / k;
        sum += term;
    }
    return x < 0 ? 1.0 / sum : sum;
}

static void test_maths(void **state) {
    (void)state;
    for (int i = -870; i <= 880; i++) {
        float x = (float)i * 0.1f;
        double wanted = slow_exp((double)x);
        assert_true(distance((double)tr_exp(x), wanted) <= 4e-7 * wanted);
        assert_true(distance(tr_log(wanted), (double)x) <= 1e-12);
    }
    assert_true(tr_exp(-1e30f) < 2e-38f && tr_exp(-1e30f) > 0.0f);
    assert_true(tr_finite(tr_exp(1e30f)));
    assert_true(tr_exp(0.0f) == 1.0f);
    for (float x = 1e-30f; x < 1e30f; x *= 3.7f) {
        double root = tr_sqrt((double)x);
        assert_true(distance(root * root, (double)x) <= 1e-14 * (double)x);
        assert_true(distance((double)tr_rsqrt(x) * root, 1.0) <= 4e-7);
    }
    assert_true(distance(tr_cos_pi(0.0), 1.0) < 1e-14);
    assert_true(distance(tr_cos_pi(1.0 / 3.0), 0.5) < 1e-14);
    assert_true(distance(tr_cos_pi(0.5), 0.0) < 1e-14);
    assert_true(distance(tr_cos_pi(1.0), -1.0) < 1e-14);
    assert_false(tr_finite(tr_from_bits(0x7f800000u)));
    assert_false(tr_finite(tr_from_bits(0x7fc00000u)));
}

static void test_random(void **state) {
    (void)state;
    enum { DRAWS = 100000 };
    uint64_t key = tr_random_key(5, 6, TR_DRAW_ID);
    double sum = 0.0, squares = 0.0, products = 0.0, last = 0.5;
    for (uint64_t i = 0; i < DRAWS; i++) {
        double x = (double)tr_uniform(key, i);
        assert_true(x >= 0.0 && x < 1.0);
        sum += x;
        squares += x * x;
        products += x * last;
        last = x;
    }
    assert_true(distance(sum / DRAWS, 1.0 / 2) < 0.005);
    assert_true(distance(squares / DRAWS, 1.0 / 3) < 0.005);
    assert_true(distance(products / DRAWS, 1.0 / 4) < 0.005);
    /* A value depends on seed, step, purpose and index only, and on each. */
    assert_true(tr_random(key, 9) == tr_random(tr_random_key(5, 6, TR_DRAW_ID), 9));
    assert_true(tr_random(key, 9) != tr_random(key, 10));
    assert_true(key != tr_random_key(4, 6, TR_DRAW_ID));
    assert_true(key != tr_random_key(5, 7, TR_DRAW_ID));
    assert_true(key != tr_random_key(5, 6, TR_DRAW_HIDDEN));
}

/* Sums in ascending depth, each product fused with its addition. */
static void slow_matmul(float *c, tr_view a, tr_view b, uint32_t rows, uint32_t columns,
                        uint32_t depth) {
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = 0; j < columns; j++)
            for (uint32_t k = 0; k < depth; k++) {
                float left = a.at[i * a.row + k * a.column];
                c[i * columns + j] =
                    tr_fma(left, b.at[k * b.row + j * b.column], c[i * columns + j]);
            }
}

static void check_matmul(uint32_t rows, uint32_t columns, uint32_t depth, uint32_t threads) {
    size_t most = (size_t)(rows + 1) * (depth + 1) + (size_t)(depth + 1) * (columns + 1);
    float *a = malloc(most * sizeof *a), *b = malloc(most * sizeof *b);
    float *c = malloc((size_t)rows * columns * sizeof *c);
    float *wanted = malloc((size_t)rows * columns * sizeof *wanted);
    tr_pool *pool = tr_pool_create(threads);
    assert_true(a && b && c && wanted && pool);
    fill(a, most, 1);
    fill(b, most, 2);
    for (int form = 0; form < 4; form++) {
        tr_view left = form & 1 ? tr_transposed(a, rows + 1) : tr_rows_of(a, depth + 1);
        tr_view right = form & 2 ? tr_transposed(b, depth + 1) : tr_rows_of(b, columns + 1);
        size_t bytes = (size_t)rows * columns * sizeof *c;
        memset(wanted, 0, bytes);
        memset(c, 0xff, bytes);
        slow_matmul(wanted, left, right, rows, columns, depth);
        tr_matmul(pool, c, columns, left, right, rows, columns, depth, 0);
        assert_memory_equal(c, wanted, bytes);
        slow_matmul(wanted, left, right, rows, columns, depth);
        tr_matmul(pool, c, columns, left, right, rows, columns, depth, 1);
        assert_memory_equal(c, wanted, bytes);
    }
    tr_pool_free(pool);
    free(a);
    free(b);
    free(c);
    free(wanted);
}

static void test_matmul(void **state) {
    (void)state;
    check_matmul(1, 1, 1, 1);
    check_matmul(4, 8, 5, 2);
    check_matmul(5, 9, 129, 3);
    check_matmul(3, 7, 0, 2);
    check_matmul(131, 67, 300, 1);
    check_matmul(131, 67, 300, 2);
    check_matmul(300, 270, 17, 7);
}

static void test_softmax_row(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    float row[COUNT], before[COUNT];
    fill(before, COUNT, 11);
    for (int i = 0; i < COUNT; i++)
        before[i] *= 40.0f;
    memcpy(row, before, sizeof row);
    double sum, wanted = 0.0;
    float max = tr_row_exp(row, 1.0f, COUNT, &sum);
    for (int i = 0; i < COUNT; i++) {
        assert_true(before[i] <= max);
        double e = slow_exp((double)before[i] - (double)max);
        assert_true(distance((double)row[i], e) <= 1e-5 * e + 1e-37);
        wanted += e;
    }
    assert_true(distance(sum, wanted) <= 1e-5 * wanted);
}

static void test_norm(void **state) {
    (void)state;
    float row[21], before[21];
    fill(row, 21, 4);
    memcpy(before, row, sizeof row);
    float inverse = tr_normalise(row, 21);
    assert_true(distance((double)tr_dot(row, row, 21), 1.0) < 1e-6);
    for (int i = 0; i < 21; i++)
        assert_true(row[i] == before[i] * inverse);
}

/* Five steps of Adam on some parameters, against the paper's formulas. */
static void test_adam(void **state) {
    (void)state;
    enum { COUNT = 37, STEPS = 40, TESTED = 5 };
    float weight[COUNT], gradient[COUNT];
    double w[COUNT], m[COUNT] = {0}, v[COUNT] = {0}, average[COUNT] = {0};
    double power1 = 1.0, power2 = 1.0;
    tr_optimiser optimiser;
    tr_pool *pool = tr_pool_create(2);
    assert_non_null(pool);
    const tr_optimiser_settings settings = {.count = COUNT,
                                            .dense_end = COUNT,
                                            .steps = STEPS,
                                            .lr = 0.01,
                                            .cosine = 1,
                                            .averaged = 1,
                                            .ema = 0.98};
    fill(weight, COUNT, 1);
    assert_int_equal(tr_optimiser_create(&optimiser, pool, weight, &settings), TR_OK);
    for (int i = 0; i < COUNT; i++)
        w[i] = (double)weight[i];
    for (int step = 0; step < TESTED; step++) {
        double lr = tr_schedule(0.01, (uint32_t)step, STEPS);
        fill(gradient, COUNT, 100 + (uint64_t)step);
        gradient[0] = 0.0f;
        tr_optimiser_step(&optimiser, gradient);
        power1 *= 0.9;
        power2 *= 0.999;
        for (int i = 0; i < COUNT; i++) {
            double g = (double)gradient[i], share = step / (step + 10.0);
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            w[i] -= lr * (m[i] / (1 - power1)) / (tr_sqrt(v[i] / (1 - power2)) + 1e-8);
            average[i] = share * average[i] + (1 - share) * w[i];
            assert_true(distance((double)weight[i], w[i]) < 1e-5);
            assert_true(distance((double)optimiser.average[i], average[i]) < 1e-5);
        }
    }
    tr_optimiser_free(&optimiser);
    tr_pool_free(pool);
}

static void test_schedule(void **state) {
    (void)state;
    assert_true(distance(tr_schedule(2.0, 0, 200), 2.0 / 20) < 1e-12);
    assert_true(distance(tr_schedule(2.0, 100, 200), 2.0 * 0.51) < 1e-12);
    assert_true(distance(tr_schedule(2.0, 200, 200), 2.0 * 0.02) < 1e-12);
    assert_true(tr_schedule(2.0, 10, 200) < tr_schedule(2.0, 20, 200));
    assert_true(tr_schedule(2.0, 60, 200) > tr_schedule(2.0, 61, 200));
}

static void count_part(void *context, uint32_t part) {
    uint32_t *times = context;
    times[part]++;
}

static void test_pool(void **state) {
    (void)state;
    for (uint32_t threads = 0; threads <= 5; threads++) {
        enum { PARTS = 100 };
        uint32_t times[PARTS] = {0};
        tr_pool *pool = tr_pool_create(threads);
        assert_non_null(pool);
        assert_int_equal(tr_pool_threads(pool), threads ? threads : 1);
        for (uint32_t parts = 0; parts <= PARTS; parts += 10)
            tr_pool_run(pool, count_part, times, parts);
        for (uint32_t i = 0; i < PARTS; i++)
            assert_int_equal(times[i], (PARTS - i + 9) / 10);
        tr_pool_free(pool);
    }
    tr_pool_free(NULL);
    assert_int_equal(tr_part_begin(10, 3, 0), 0);
    assert_int_equal(tr_part_begin(10, 3, 3), 10);
    assert_int_equal(tr_part_begin(UINT32_MAX, 64, 64), UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maths),    cmocka_unit_test(test_random),
        cmocka_unit_test(test_matmul),   cmocka_unit_test(test_softmax_row),
        cmocka_unit_test(test_norm),     cmocka_unit_test(test_adam),
        cmocka_unit_test(test_schedule), cmocka_unit_test(test_pool),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

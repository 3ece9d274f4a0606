/* SPDX-License-Identifier: MIT */
/* Every kernel table of the trainer against the plain one, bit by bit: all
 * lengths around a vector, unaligned rows with guards around them, numbers
 * that are subnormal, zero, huge and tiny. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/random.h"
#include "kernel/fma.h"
#include "kernel/kernels.h"
#include "kernel/maths.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 150, GUARD = 16, ROOM = MOST + 2 * GUARD, ROWS = 12, DEPTH = 40 };

/* A row at an odd place, with guards on both sides. */
typedef struct row {
    float all[ROOM + 3];
    float *at;
} row;

static uint64_t drawn;

static float draw(void) {
    static const float special[] = {0.0f,      -0.0f,      1e-45f, -1e-45f,   1.17549421e-38f,
                                    3.4e38f,   -3.4e38f,   1e-30f, -1e30f,    1.0f,
                                    8388609.f, 16777215.f, 0.5f,   1.0000001f};
    uint64_t bits = tr_random(77, ++drawn);
    if (bits % 8 == 0)
        return special[(bits >> 8) % (sizeof special / sizeof *special)];
    float value = tr_from_bits((uint32_t)(bits >> 32));
    return bits % 8 == 1 && tr_finite(value) ? value : 2.0f * tr_uniform(77, drawn) - 1.0f;
}

static void fill(row *r, size_t shift) {
    for (size_t i = 0; i < ROOM + 3; i++)
        r->all[i] = draw();
    r->at = r->all + GUARD + shift;
}

static void copy(row *to, const row *from) {
    memcpy(to->all, from->all, sizeof to->all);
    to->at = to->all + (from->at - from->all);
}

/* Equal bits, except that any NaN equals any. */
static int same(const float *a, const float *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (tr_bits(a[i]) != tr_bits(b[i]) && (a[i] == a[i] || b[i] == b[i]))
            return 0;
    return 1;
}

static void assert_same(const row *a, const row *b) {
    assert_true(same(a->all, b->all, ROOM + 3));
}

static const tr_kernels *table(int number) {
    switch (number) {
    case 0:
        return tr_kernels_avx2();
    case 1:
        return tr_kernels_avx512();
    case 2:
        return tr_kernels_neon();
    default:
        return tr_kernels_now();
    }
}

static void check_rows(const tr_kernels *k, size_t count, size_t shift) {
    const tr_kernels *c = tr_kernels_c();
    row a, b, mine, plain;
    fill(&a, shift);
    fill(&b, 3 - shift);
    float x = k->dot(a.at, b.at, count), y = c->dot(a.at, b.at, count);
    assert_true(same(&x, &y, 1));
    x = k->max(a.at, count), y = c->max(a.at, count);
    assert_true(same(&x, &y, 1));
    float scale = draw();
    copy(&mine, &a), copy(&plain, &a);
    k->add_scaled(mine.at, b.at, scale, count), c->add_scaled(plain.at, b.at, scale, count);
    assert_same(&mine, &plain);
    copy(&mine, &a), copy(&plain, &a);
    k->scale(mine.at, scale, count), c->scale(plain.at, scale, count);
    assert_same(&mine, &plain);
    copy(&mine, &a), copy(&plain, &a);
    x = k->exp(mine.at, 20.0f, 7.0f, count), y = c->exp(plain.at, 20.0f, 7.0f, count);
    assert_same(&mine, &plain);
    assert_true(same(&x, &y, 1));
}

/* Parameters, moments and averages; a second moment is not negative. */
static tr_adam_row fill_adam(row *of, size_t count, size_t shift, int averaged) {
    for (size_t i = 0; i < 4; i++)
        fill(&of[i], (shift + i) % 4);
    for (size_t j = 0; j < ROOM + 3; j++)
        of[2].all[j] = tr_from_bits(tr_bits(of[2].all[j]) & 0x7fffffffu);
    return (tr_adam_row){of[0].at, of[1].at, of[2].at, averaged ? of[3].at : NULL, count, 0};
}

/* A step, then some without a gradient: the same as one after the other. */
static void check_adam(const tr_kernels *k, size_t count, size_t shift, int averaged) {
    enum { STEPS = 30 };
    tr_adam plan[STEPS];
    row gradient, none, mine[4], plain[4];
    fill(&gradient, shift);
    memset(&none, 0, sizeof none);
    none.at = none.all;
    for (size_t t = 0; t < STEPS; t++)
        plan[t] = (tr_adam){0.01f / (float)(t + 1), 3.7f, (float)t / (float)(t + 10)};
    tr_adam_row ours = fill_adam(mine, count, shift, averaged);
    for (int i = 0; i < 4; i++)
        copy(&plain[i], &mine[i]);
    tr_adam_row c = ours;
    c.parameter = plain[0].at, c.first = plain[1].at, c.second = plain[2].at;
    c.average = averaged ? plain[3].at : NULL;
    k->adam(plan, &ours, gradient.at);
    k->catch_up(plan + 1, STEPS - 1, &ours);
    tr_kernels_c()->adam(plan, &c, gradient.at);
    for (size_t t = 1; t < STEPS; t++)
        tr_kernels_c()->adam(&plan[t], &c, none.at);
    for (int i = 0; i < 4; i++)
        assert_same(&mine[i], &plain[i]);
}

static void check_gather(const tr_kernels *k, size_t width, size_t shift) {
    static float rows[ROWS * MOST];
    tt_entry entry[2 * ROWS];
    row mine, plain;
    for (size_t i = 0; i < ROWS * MOST; i++)
        rows[i] = draw();
    for (size_t e = 0; e < 2 * ROWS; e++)
        entry[e] = (tt_entry){(uint32_t)(tr_random(3, e + width) % ROWS), draw()};
    fill(&mine, shift);
    copy(&plain, &mine);
    size_t count = width % (2 * ROWS + 1);
    k->gather(mine.at, rows, width, entry, count);
    tr_kernels_c()->gather(plain.at, rows, width, entry, count);
    assert_same(&mine, &plain);
}

/* Sums of rows that are further apart than they are wide. */
static void check_sum_rows(const tr_kernels *k, size_t width, size_t shift) {
    static float rows[ROWS * (MOST + 3)];
    tt_entry entry[2 * ROWS];
    row mine, plain;
    for (size_t i = 0; i < ROWS * (MOST + 3); i++)
        rows[i] = draw();
    for (size_t e = 0; e < 2 * ROWS; e++)
        entry[e] = (tt_entry){(uint32_t)(tr_random(5, e + width) % ROWS), draw()};
    fill(&mine, shift);
    copy(&plain, &mine);
    size_t count = (width + 5 * shift) % (2 * ROWS);
    tr_sum sum = {entry, count, 2 * ROWS - count, width, MOST + 3};
    k->sum_rows(mine.at, rows, &sum);
    tr_kernels_c()->sum_rows(plain.at, rows, &sum);
    assert_same(&mine, &plain);
    memset(plain.at, 0, width * sizeof *plain.at); /* the same by another kernel */
    for (size_t e = 0; e < count; e++)
        tr_kernels_c()->add_scaled(plain.at, rows + entry[e].row * sum.stride, entry[e].weight,
                                   width);
    assert_same(&mine, &plain);
}

static void test_rows(void **state) {
    (void)state;
    for (int number = 0; number < 4; number++) {
        const tr_kernels *kernels = table(number);
        for (size_t count = 0; count <= MOST && kernels; count++)
            for (size_t shift = 0; shift < 4; shift++) {
                check_rows(kernels, count, shift);
                check_adam(kernels, count, shift, 0);
                check_adam(kernels, count, shift, 1);
                check_gather(kernels, count, shift);
                check_sum_rows(kernels, count, shift);
            }
    }
}

static void check_multiply(const tr_kernels *k, uint32_t depth, int across, int add) {
    enum { STRIDE = TR_MAX_WIDE + 3, LINE = DEPTH + 1, C = TR_MAX_HIGH * STRIDE };
    float a[LINE * TR_MAX_WIDE], b[DEPTH * TR_MAX_WIDE], c[C], wanted[C];
    size_t line = across ? LINE : 1, step = across ? 1 : k->high;
    for (size_t i = 0; i < sizeof a / sizeof *a; i++)
        a[i] = draw();
    for (size_t i = 0; i < sizeof b / sizeof *b; i++)
        b[i] = draw();
    for (size_t i = 0; i < C; i++)
        c[i] = wanted[i] = draw();
    for (uint32_t i = 0; i < k->high; i++)
        for (uint32_t j = 0; j < k->wide; j++) {
            float sum = add ? wanted[i * STRIDE + j] : 0.0f;
            for (uint32_t d = 0; d < depth; d++)
                sum = tr_fma(a[i * line + d * step], b[d * k->wide + j], sum);
            wanted[i * STRIDE + j] = sum;
        }
    k->multiply(c, STRIDE, a, line, step, b, depth, add);
    assert_true(same(c, wanted, C));
}

static void check_interleave(const tr_kernels *k, uint32_t depth) {
    enum { LINE = DEPTH + 3, TO = DEPTH * TR_MAX_WIDE };
    float from[LINE * TR_LANES], to[TO], wanted[TO];
    for (size_t i = 0; i < LINE * TR_LANES; i++)
        from[i] = (float)i;
    for (size_t i = 0; i < TO; i++)
        to[i] = wanted[i] = -1.0f;
    for (uint32_t d = 0; d < depth; d++)
        for (uint32_t i = 0; i < TR_LANES; i++)
            wanted[d * k->wide + i] = from[i * LINE + d];
    k->interleave(to, k->wide, from, LINE, depth);
    assert_memory_equal(to, wanted, sizeof to);
}

static void test_products(void **state) {
    (void)state;
    for (int number = -1; number < 4; number++) {
        const tr_kernels *kernels = number < 0 ? tr_kernels_c() : table(number);
        for (uint32_t depth = 0; depth <= DEPTH && kernels; depth++) {
            for (int form = 0; form < 4; form++)
                check_multiply(kernels, depth, form & 1, form >> 1);
            check_interleave(kernels, depth);
        }
    }
}

/* One rounding, not two: neither of the product nor in double precision. */
static void test_fused(void **state) {
    (void)state;
    float up = 1.0f + 0x1p-23f, down = 1.0f - 0x1p-23f;
    assert_true(tr_fma(1.0f + 0x1p-12f, 1.0f + 0x1p-12f, -(1.0f + 0x1p-11f)) == 0x1p-24f);
    assert_true(tr_fma(0x1p-24f * up, down, up) == up);
    assert_true(tr_fma(-0x1p-24f * up, down, -up) == -up);
    assert_true(tr_fma(0x1p-24f, 1.0f, up) == 1.0f + 0x1p-22f);
    assert_true(tr_fma(0x1p-75f * up, 0x1p-75f, 0x1p-149f) == 0x1p-148f);
    assert_true(tr_fma(0x1p-75f * down, 0x1p-75f, 0x1p-149f) == 0x1p-149f);
    assert_true(tr_fma(0x1p127f, 2.0f, -0x1p127f) == 0x1p127f);
    assert_false(tr_finite(tr_fma(0x1p127f, 2.0f, 0x1p127f)));
    /* Against the processor's instruction, where there is one. */
    const tr_kernels *kernels = tr_kernels_now();
    for (int i = 0; i < 300000; i++) {
        float a = draw(), b = draw(), c = draw(), fused = tr_fma(a, b, c);
        kernels->add_scaled(&c, &b, a, 1);
        assert_true(same(&c, &fused, 1));
    }
}

static void test_choice(void **state) {
    (void)state;
    assert_non_null(tr_kernels_now());
    tr_kernels_use(tr_kernels_c());
    assert_ptr_equal(tr_kernels_now(), tr_kernels_c());
    tr_kernels_use(NULL);
    if (tr_kernels_avx2())
        assert_ptr_not_equal(tr_kernels_now(), tr_kernels_c());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_fused),
        cmocka_unit_test(test_choice),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

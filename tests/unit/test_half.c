/* SPDX-License-Identifier: MIT */
/* Half precision: all 65,536 halfs, and every place where rounding changes its mind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

enum { HALF_INFINITY = 0x7c00 };

/* By the definition of the format, in double: exact. */
static double value_of(uint32_t half) {
    int exponent = (int)(half >> 10 & 31);
    double significand = half & 1023, value = exponent ? significand + 1024 : significand;
    for (int e = exponent ? exponent : 1; e > 25; e--)
        value *= 2;
    for (int e = exponent ? exponent : 1; e < 25; e++)
        value /= 2;
    return half & 0x8000 ? -value : value;
}

static int is_nan(float x) {
    return (tt_float_to_bits(x) & 0x7fffffff) > 0x7f800000;
}

static void every_half_has_its_value(void **state) {
    (void)state;
    for (uint32_t half = 0; half < 0x10000; half++) {
        float value = tt_half_to_float((uint16_t)half);
        uint32_t sign = (half & 0x8000) << 16, magnitude = half & 0x7fff;
        assert_int_equal(tt_float_to_bits(value) & 0x80000000, sign);
        if (magnitude < HALF_INFINITY)
            assert_true((double)value == value_of(half));
        else if (magnitude == HALF_INFINITY)
            assert_int_equal(tt_float_to_bits(value), sign | 0x7f800000);
        else
            assert_true(is_nan(value));
    }
}

static void every_half_comes_back(void **state) {
    (void)state;
    for (uint32_t half = 0; half < 0x10000; half++) {
        uint16_t back = tt_half_from_float(tt_half_to_float((uint16_t)half));
        if ((half & 0x7fff) > HALF_INFINITY)
            assert_true((back & 0x7fff) > HALF_INFINITY && (back & 0x8000) == (half & 0x8000));
        else
            assert_int_equal(back, half);
    }
}

static void assert_rounds(uint32_t bits, uint32_t half) {
    assert_int_equal(tt_half_from_float(tt_bits_to_float(bits)), half);
    assert_int_equal(tt_half_from_float(tt_bits_to_float(bits | 0x80000000)), half | 0x8000);
}

/* Rounding is monotonic, so it is right everywhere if it is right at the middle
 * of each pair of neighbours and one single on either side of it. */
static void rounding_is_to_the_nearest_and_even(void **state) {
    (void)state;
    for (uint32_t half = 0; half < HALF_INFINITY; half++) {
        /* The neighbour of the largest half, were there one, is 65536. */
        double next = half + 1 < HALF_INFINITY ? value_of(half + 1) : 65536.0;
        uint32_t middle = tt_float_to_bits((float)((value_of(half) + next) / 2));
        assert_rounds(middle - 1, half);
        assert_rounds(middle, half + (half & 1));
        assert_rounds(middle + 1, half + 1);
    }
}

static void what_is_too_large_or_too_small(void **state) {
    (void)state;
    assert_rounds(0x477fefff, 0x7bff); /* just below 65520 */
    assert_rounds(0x477ff000, HALF_INFINITY);
    assert_rounds(0x7f7fffff, HALF_INFINITY);
    assert_rounds(0x7f800000, HALF_INFINITY);
    assert_rounds(0x00000000, 0);
    assert_rounds(0x00000001, 0);
    assert_rounds(0x33000000, 0); /* 2^-25 */
    assert_rounds(0x33000001, 1);
}

static void a_nan_stays_a_nan(void **state) {
    (void)state;
    for (uint32_t payload = 1; payload < 0x800000; payload += 1 + payload / 3) {
        uint16_t half = tt_half_from_float(tt_bits_to_float(0x7f800000 | payload));
        assert_true((half & 0x7fff) > HALF_INFINITY);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_has_its_value),
        cmocka_unit_test(every_half_comes_back),
        cmocka_unit_test(rounding_is_to_the_nearest_and_even),
        cmocka_unit_test(what_is_too_large_or_too_small),
        cmocka_unit_test(a_nan_stays_a_nan),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

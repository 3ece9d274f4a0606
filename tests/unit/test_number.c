/* SPDX-License-Identifier: MIT */
/* Roots and the logarithm of the encoder, without libm on either side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feature/feature.h"
#include "inner.h"

static void weights_are_the_nearest_integers(void **state) {
    (void)state;
    for (uint32_t n = 1; n != 0; n = n < 5000 ? n + 1 : n + n / 64 < n ? 0 : n + n / 64) {
        uint64_t twice = 2 * (uint64_t)tt_weight_of(n); /* w - 1/2 <= 2^24 / sqrt(n) < w + 1/2 */
        assert_true((twice - 1) * (twice - 1) <= (UINT64_C(1) << 50) / n);
        assert_true((twice + 1) * (twice + 1) * n > UINT64_C(1) << 50);
    }
    assert_int_equal(tt_weight_of(1), 1 << 24);
    assert_int_equal(tt_weight_of(UINT32_MAX), 256);
}

/* The middle between two singles has 25 bits and its square 50: exact in double. */
static void square_roots_are_correctly_rounded(void **state) {
    (void)state;
    for (uint32_t bits = 1; bits < 0x7f800000; bits += 1 + bits / 5000) {
        float x = tt_bits_to_float(bits), root = tt_sqrt(x);
        uint32_t at = tt_float_to_bits(root);
        double low = ((double)root + (double)tt_bits_to_float(at - 1)) / 2;
        double high = ((double)root + (double)tt_bits_to_float(at + 1)) / 2;
        assert_true(low * low < (double)x && (double)x < high * high);
    }
    assert_true(tt_sqrt(0.0f) == 0.0f);
}

/* log(1 + x) in double, by the series of atanh after halving. */
static double log1p_in_double(double x) {
    const double ln2 = 0.693147180559945309417;
    double y = 1 + x, k = 0;
    if (x < 0.5) {
        double s = x / (2 + x), term = s, sum = 0;
        for (int n = 1; n < 60; n += 2, term *= s * s)
            sum += term / n;
        return 2 * sum;
    }
    for (; y > 1.5; y /= 2)
        k++;
    return k * ln2 + log1p_in_double(y - 1);
}

static void logarithms_are_within_two_ulp(void **state) {
    (void)state;
    assert_true(tt_log1p(0.0f) == 0.0f);
    for (uint32_t bits = 1; bits < 0x7f800000; bits += 1 + bits / 20000) {
        double right = log1p_in_double((double)tt_bits_to_float(bits));
        float near = (float)right;
        double ulp = (double)tt_bits_to_float(tt_float_to_bits(near) + 1) - (double)near;
        double error = (double)tt_log1p(tt_bits_to_float(bits)) - right;
        assert_true(error <= 2 * ulp && error >= -2 * ulp);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_the_nearest_integers),
        cmocka_unit_test(square_roots_are_correctly_rounded),
        cmocka_unit_test(logarithms_are_within_two_ulp),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

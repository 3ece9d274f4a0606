/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions from + - * / and bits: the same bits with every
 * compiler and C library, and loops over them vectorise.
 */
#ifndef TRAINER_KERNEL_MATHS_H
#define TRAINER_KERNEL_MATHS_H

#include <stdint.h>
#include <string.h>

static inline uint32_t tr_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float tr_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int tr_finite(float value) {
    return (tr_bits(value) & 0x7f800000u) != 0x7f800000u;
}

/* 1 / sqrt(x) to about 2e-7 for normal x > 0; a finite number for x = 0. */
static inline float tr_rsqrt(float x) {
    float half = 0.5f * x;
    float y = tr_from_bits(0x5f3759dfu - (tr_bits(x) >> 1));
    y *= 1.5f - half * y * y;
    y *= 1.5f - half * y * y;
    y *= 1.5f - half * y * y;
    return y;
}

/* sqrt(x) to about 2e-7 for x >= 0. */
static inline float tr_sqrt(float x) {
    return x * tr_rsqrt(x);
}

/* e^x to about 2e-7, x clamped to [-87, 88].  The polynomial is the one of
 * Cephes' expf (Stephen Moshier). */
static inline float tr_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504088896341f + 12582912.0f; /* rounds to an integer */
    float n = shifted - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * tr_from_bits((tr_bits(shifted) << 23) + 0x3f800000u);
}

/* Natural logarithm of a normal x > 0, to about 1e-14. */
double tr_log(double x);
/* Square root of x >= 0. */
double tr_root(double x);
/* cos(pi t) for t in [0, 1]. */
double tr_cos_pi(double t);

#endif

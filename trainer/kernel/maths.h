/* SPDX-License-Identifier: MIT */
/*
 * Elementary functions from + - * / and bits: the same bits with every
 * compiler and C library.
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

/* e^x to about 2e-7, x clamped to [-87, 88]. */
float tr_exp(float x);
/* Natural logarithm of a normal x > 0, to about 1e-14. */
double tr_log(double x);
/* Square root of x >= 0. */
double tr_sqrt(double x);
/* cos(pi t) for t in [0, 1]. */
double tr_cos_pi(double t);

#endif

/* SPDX-License-Identifier: MIT */
/* a b + c with one rounding, on any processor. */
#ifndef TRAINER_KERNEL_FUSED_H
#define TRAINER_KERNEL_FUSED_H

#include <stdint.h>
#include <string.h>

#ifdef __FP_FAST_FMAF

/* One instruction; the compiler does not call the C library for it. */
static inline float tr_fma(float a, float b, float c) {
    return __builtin_fmaf(a, b, c);
}

#else

/* The product of two f32 numbers is exact in double precision.  The sum is rounded
 * to odd: where it is not exact, its last bit is set, so that rounding it again
 * to single, which is 29 bits shorter, sees on which side of a tie it lies
 * (Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). */
static inline float tr_fma(float a, float b, float c) {
    double product = (double)a * (double)b, addend = (double)c, sum = product + addend;
    double back = sum - product;
    double error = (product - (sum - back)) + (addend - back);
    uint64_t bits, error_bits;
    memcpy(&bits, &sum, sizeof bits);
    memcpy(&error_bits, &error, sizeof error_bits);
    /* Not NaN, which an infinite sum leaves. */
    uint64_t inexact = (uint64_t)((error > 0.0) | (error < 0.0));
    uint64_t even = inexact & ~bits & 1, inward = (bits ^ error_bits) >> 63;
    bits += even - 2 * (even & inward);
    memcpy(&sum, &bits, sizeof sum);
    return (float)sum;
}

#endif
#endif

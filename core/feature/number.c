/* SPDX-License-Identifier: MIT */
/* Roots and a logarithm from integers and + - * / only: no libm, and the same
 * bits everywhere.  The roots are integer code on every target: they are taken
 * a few times per row, and an intrinsic may turn into a call of sqrtf. */
#include "config.h"
#include "feature/feature.h"

int tt_finite(float x) {
    return (tt_float_to_bits(x) & 0x7f800000) != 0x7f800000;
}

/* floor(sqrt(x)), x < 2^52, digit by digit. */
static uint64_t number_root(uint64_t x) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 50; bit != 0; bit >>= 2) {
        uint64_t next = root + bit;
        root >>= 1;
        if (x >= next) {
            x -= next;
            root += bit;
        }
    }
    return root;
}

uint32_t tt_weight_of(uint32_t n) {
    uint64_t weight = number_root((UINT64_C(1) << 48) / n); /* floor(2^24 / sqrt(n)) */
    uint64_t twice = 2 * weight + 1;
    /* Up when 2^24 / sqrt(n) >= weight + 1/2; no n gives equality. */
    return (uint32_t)(weight + (twice * twice * n <= UINT64_C(1) << 50));
}

float tt_sqrt(float x) {
    uint32_t bits = tt_float_to_bits(x);
    uint32_t exponent = (bits >> 23) + 64, significand = bits & 0x007fffff; /* 64 too high */
    if ((bits & 0x7fffffff) == 0)
        return x;
    if (exponent == 64) {
        exponent++;
        while (!(significand & 0x00800000)) {
            significand <<= 1;
            exponent--; /* down to 42 */
        }
    }
    significand |= 0x00800000;
    /* x = significand * 2^(exponent - 64 - 150).  Shifted so that the other factor is
     * an even power of two and the root has 25 bits: 24 and one to round by.  A
     * root with exactly 25 bits is irrational, so there is no tie. */
    uint64_t root = number_root((uint64_t)significand << (25 + (exponent & 1 ? 0 : 1)));
    uint32_t rounded = (uint32_t)((root + 1) >> 1); /* 2^23 .. 2^24 */
    uint32_t half = (exponent + 62 + (exponent & 1)) >> 1;
    return tt_bits_to_float((half << 23) + (rounded - 0x00800000));
}

float tt_log1p(float x) {
    float u = 1.0f + x;
    uint32_t bits = tt_float_to_bits(u);
    /* u + lost = 1 + x, all but exactly. */
    float lost = u >= 2.0f ? 1.0f - (u - x) : x - (u - 1.0f);
    float correction = lost / u;
    /* u = (1 + f) 2^k with 1 + f in [sqrt(1/2), sqrt(2)). */
    uint32_t shifted = bits - 0x3f3504f3;
    float k = (float)(int32_t)(shifted >> 23);
    float f = tt_bits_to_float((shifted & 0x007fffff) + 0x3f3504f3) - 1.0f;
    if (x < 0.4142f) { /* k = 0, and x itself has more digits than u */
        f = x;
        correction = 0.0f;
    }
    /* log(1 + f) = 2 atanh(s), s = f / (2 + f): the Taylor series to s^11, with
     * f - f^2/2 taken out so that most of the sum is exact. */
    float s = f / (2.0f + f), z = s * s, square = 0.5f * f * f;
    float series =
        z * (2.0f / 3 + z * (2.0f / 5 + z * (2.0f / 7 + z * (2.0f / 9 + z * (2.0f / 11)))));
    float rest = s * (square + series) + (k * 9.0580006e-6f + correction);
    return k * 0.69313812f - ((square - rest) - f); /* ln 2 in two parts */
}

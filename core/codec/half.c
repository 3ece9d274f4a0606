/* SPDX-License-Identifier: MIT */
#include "codec/half.h"
#include "twotower.h"

float tt_half_to_float(uint16_t half) {
    if ((half & 0x7fff) == 0) /* in whatever rounding mode the host is */
        return tt_bits_to_float((uint32_t)half << 16);
    return tt_half_value(half);
}

/* Below 2^-14 a half is a multiple of 2^-24. `magnitude` is at least 2^-25. */
static uint32_t half_subnormal(uint32_t magnitude) {
    uint32_t shift = 126 - (magnitude >> 23); /* 14 .. 24 */
    uint32_t significand = (magnitude & 0x007fffff) | 0x00800000;
    uint32_t units = significand >> shift;
    uint32_t rest = significand & ((1u << shift) - 1), tie = 1u << (shift - 1);
    return units + (rest > tie || (rest == tie && (units & 1)));
}

uint16_t tt_half_from_float(float value) {
    uint32_t bits = tt_float_to_bits(value);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    uint32_t half;
    if (magnitude > 0x7f800000) /* NaN: keep the upper payload, make it quiet */
        half = 0x7e00 | (magnitude >> 13 & 0x1ff);
    else if (magnitude >= 0x47800000) /* 65536 and above */
        half = 0x7c00;
    else if (magnitude >= 0x38800000) /* 2^-14: a carry moves into the exponent, up to infinity */
        half = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
    else if (magnitude >= 0x33000000) /* 2^-25 */
        half = half_subnormal(magnitude);
    else
        half = 0;
    return (uint16_t)(sign | half);
}

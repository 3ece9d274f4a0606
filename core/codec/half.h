/* SPDX-License-Identifier: MIT */
/* IEEE half precision to single, inline for the loops of the kernels. */
#ifndef TT_CODEC_HALF_H
#define TT_CODEC_HALF_H

#include "codec/load.h"
#include "contract.h"

/* Exact, without a branch, and without a subnormal single on the way, so that a
 * host that flushes subnormals gives the same bits.  A NaN stays a NaN. */
static inline float tt_half_value(uint16_t half)
    TT_CONTRACT(tt_assigns(), tt_ensures((tt_result != tt_result) == ((half & 0x7fff) > 0x7c00))) {
    uint32_t magnitude = (uint32_t)(half & 0x7fff) << 13;
    uint32_t exponent = magnitude & 0x0f800000;
    /* Infinity and NaN: the largest exponent instead of 2^16. */
    uint32_t huge = exponent == 0x0f800000 ? 0x38000000 : 0;
    /* Zero and subnormal: built on 2^-14, which is then taken away. */
    uint32_t tiny = exponent == 0 ? 0x00800000 : 0;
    uint32_t base = exponent == 0 ? 0x38800000 : 0;
    float value = tt_bits_to_float(magnitude + 0x38000000 + huge + tiny) - tt_bits_to_float(base);
    return tt_bits_to_float(tt_float_to_bits(value) | (uint32_t)(half & 0x8000) << 16);
}

#endif

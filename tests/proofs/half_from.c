/* SPDX-License-Identifier: MIT */
/* check, unwind 2 */
#include "inner.h"

#include "codec/half.c"

/* Every half survives its value; a NaN gives a NaN, and nothing else does. */
void harness(void) {
    uint16_t half;
    uint32_t bits;
    int nan = (half & 0x7fff) > 0x7c00;
    __CPROVER_assert(nan || tt_half_from_float(tt_half_to_float(half)) == half,
                     "a half comes back");
    uint16_t any = tt_half_from_float(tt_bits_to_float(bits));
    __CPROVER_assert(((any & 0x7fff) > 0x7c00) == ((bits & 0x7fffffff) > 0x7f800000),
                     "NaN for NaN alone");
}

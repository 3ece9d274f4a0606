/* SPDX-License-Identifier: MIT */
/* enforce tt_half_value, unwind 2 */
#include "inner.h"

#include "codec/half.c"

/* _Float16 is the compiler's own IEEE half. */
void harness(void) {
    uint16_t half;
    union {
        uint16_t bits;
        _Float16 value;
    } same = {half};
    float value = tt_half_value(half);
    __CPROVER_assert((half & 0x7fff) > 0x7c00 ||
                         tt_float_to_bits(value) == tt_float_to_bits((float)same.value),
                     "the value of every half");
}

/* SPDX-License-Identifier: MIT */
/* The kernels in plain C.  Where the processor has no fused multiply-add they
 * are slow: they are there for the same bytes, not for speed. */
#include "kernel/fma.h"
#include "kernel/kernels.h"
#include "kernel/maths.h"

#define KERNEL static
#define INLINE static inline

enum { LANES = TR_LANES };

typedef struct vec {
    float lane[TR_LANES];
} vec;

#define EACH_LANE(expression) \
    do { \
        vec result; \
        for (int i = 0; i < TR_LANES; i++) \
            result.lane[i] = (expression); \
        return result; \
    } while (0)

INLINE vec vec_load(const float *from) {
    EACH_LANE(from[i]);
}

INLINE void vec_store(float *to, vec a) {
    for (int i = 0; i < TR_LANES; i++)
        to[i] = a.lane[i];
}

INLINE vec vec_set1(float a) {
    EACH_LANE(a);
}

INLINE vec vec_add(vec a, vec b) {
    EACH_LANE(a.lane[i] + b.lane[i]);
}

INLINE vec vec_sub(vec a, vec b) {
    EACH_LANE(a.lane[i] - b.lane[i]);
}

INLINE vec vec_mul(vec a, vec b) {
    EACH_LANE(a.lane[i] * b.lane[i]);
}

INLINE vec vec_div(vec a, vec b) {
    EACH_LANE(a.lane[i] / b.lane[i]);
}

INLINE vec vec_fma(vec a, vec b, vec c) {
    EACH_LANE(tr_fma(a.lane[i], b.lane[i], c.lane[i]));
}

INLINE vec vec_fnma(vec a, vec b, vec c) {
    EACH_LANE(tr_fma(-a.lane[i], b.lane[i], c.lane[i]));
}

INLINE vec vec_max(vec a, vec b) {
    EACH_LANE(a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}

INLINE vec vec_min(vec a, vec b) {
    EACH_LANE(a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}

INLINE int vec_equal(vec a, vec b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

INLINE vec vec_exp2(vec a) {
    EACH_LANE(tr_from_bits((tr_bits(a.lane[i]) << 23) + 0x3f800000u));
}

INLINE vec vec_rsqrt_estimate(vec a) {
    EACH_LANE(tr_from_bits(0x5f3759dfu - (tr_bits(a.lane[i]) >> 1)));
}

#include "kernel/loops.h"
#include "kernel/loops_adam.h"
#include "kernel/loops_sums.h"
#include "kernel/tile.h"

static void interleave(float *to, size_t wide, const float *from, size_t line, uint32_t depth) {
    for (uint32_t k = 0; k < depth; k++, to += wide)
        for (uint32_t i = 0; i < TR_LANES; i++)
            to[i] = from[i * line + k];
}

const tr_kernels *tr_kernels_c(void) {
    static const tr_kernels kernels = {"c",   HIGH,   WIDE, multiply, interleave, dot,  add_scaled,
                                       scale, gather, max,  exp_row,  sum_rows,   adam, catch_up};
    return &kernels;
}

/* SPDX-License-Identifier: MIT */
/* The kernels for aarch64.  (NEON of 32-bit ARM flushes subnormals, so it gives other bits.)
 * FCVTL is exact and takes subnormals whatever FPCR says of half-precision arithmetic. */
#include "kernel/kernel.h"

#if defined(__aarch64__) && defined(__ARM_NEON) && defined(__GNUC__) && \
    __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define TT_HAVE_NEON
#endif

#ifdef TT_HAVE_NEON
#include <arm_neon.h>

typedef float32x4_t four;

#define four_all vdupq_n_f32
#define four_load vld1q_f32
#define four_store vst1q_f32
#define four_add vaddq_f32
#define four_mul vmulq_f32

KERNEL_INLINE void four_halfs(const uint8_t *at, four *value) {
    const float16x8_t half = vreinterpretq_f16_u8(vld1q_u8(at));
    value[0] = vcvt_f32_f16(vget_low_f16(half));
    value[1] = vcvt_high_f32_f16(half);
}

KERNEL_INLINE four four_and(four a, four b) {
    return vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}

KERNEL_INLINE four four_positive(four x) {
    return four_and(x, vreinterpretq_f32_u32(vcgtq_f32(x, vdupq_n_f32(0.0f))));
}

KERNEL_INLINE four four_finite(four x) {
    const uint32x4_t infinity = vdupq_n_u32(0x7f800000);
    uint32x4_t exponent = vandq_u32(vreinterpretq_u32_f32(x), infinity);
    return vreinterpretq_f32_u32(vcltq_u32(exponent, infinity));
}

KERNEL_INLINE int four_every(four mask) {
    return vminvq_u32(vreinterpretq_u32_f32(mask)) == UINT32_MAX;
}

#include "kernel/kernel_four.h"

static const tt_kernels kernels_neon = FOUR_KERNELS("neon");

const tt_kernels *tt_kernels_neon(void) {
    return &kernels_neon;
}

#else

const tt_kernels *tt_kernels_neon(void) {
    return NULL;
}

#endif

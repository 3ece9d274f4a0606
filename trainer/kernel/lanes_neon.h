/* SPDX-License-Identifier: MIT */
/* Eight lanes by two registers of NEON, as loops.h wants them; it is included as that is. */
#include <arm_neon.h>

enum { LANES = TR_LANES };

typedef struct vec {
    float32x4_t low, high;
} vec;

INLINE vec vec_load(const float *from) {
    return (vec){vld1q_f32(from), vld1q_f32(from + 4)};
}

INLINE void vec_store(float *to, vec a) {
    vst1q_f32(to, a.low);
    vst1q_f32(to + 4, a.high);
}

INLINE vec vec_set1(float a) {
    return (vec){vdupq_n_f32(a), vdupq_n_f32(a)};
}

INLINE vec vec_add(vec a, vec b) {
    return (vec){vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)};
}

INLINE vec vec_sub(vec a, vec b) {
    return (vec){vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)};
}

INLINE vec vec_mul(vec a, vec b) {
    return (vec){vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
}

INLINE vec vec_div(vec a, vec b) {
    return (vec){vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)};
}

INLINE vec vec_fma(vec a, vec b, vec c) {
    return (vec){vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
}

INLINE vec vec_fnma(vec a, vec b, vec c) {
    return (vec){vfmsq_f32(c.low, a.low, b.low), vfmsq_f32(c.high, a.high, b.high)};
}

INLINE vec vec_max(vec a, vec b) {
    return (vec){vbslq_f32(vcgtq_f32(a.low, b.low), a.low, b.low),
                 vbslq_f32(vcgtq_f32(a.high, b.high), a.high, b.high)};
}

INLINE vec vec_min(vec a, vec b) {
    return (vec){vbslq_f32(vcltq_f32(a.low, b.low), a.low, b.low),
                 vbslq_f32(vcltq_f32(a.high, b.high), a.high, b.high)};
}

INLINE int vec_equal(vec a, vec b) {
    uint32x4_t low = veorq_u32(vreinterpretq_u32_f32(a.low), vreinterpretq_u32_f32(b.low));
    uint32x4_t high = veorq_u32(vreinterpretq_u32_f32(a.high), vreinterpretq_u32_f32(b.high));
    return vmaxvq_u32(vorrq_u32(low, high)) == 0;
}

INLINE float32x4_t exp2_of(float32x4_t a) {
    uint32x4_t bits = vshlq_n_u32(vreinterpretq_u32_f32(a), 23);
    return vreinterpretq_f32_u32(vaddq_u32(bits, vdupq_n_u32(0x3f800000u)));
}

INLINE vec vec_exp2(vec a) {
    return (vec){exp2_of(a.low), exp2_of(a.high)};
}

INLINE float32x4_t rsqrt_estimate(float32x4_t a) {
    uint32x4_t half = vshrq_n_u32(vreinterpretq_u32_f32(a), 1);
    return vreinterpretq_f32_u32(vsubq_u32(vdupq_n_u32(0x5f3759dfu), half));
}

INLINE vec vec_rsqrt_estimate(vec a) {
    return (vec){rsqrt_estimate(a.low), rsqrt_estimate(a.high)};
}

/* Four lines of four, `line` apart, become columns. */
INLINE void transpose(float *to, size_t wide, const float *from, size_t line) {
    float32x4_t a = vld1q_f32(from), b = vld1q_f32(from + line);
    float32x4_t c = vld1q_f32(from + 2 * line), d = vld1q_f32(from + 3 * line);
    float64x2_t even_ab = vreinterpretq_f64_f32(vtrn1q_f32(a, b));
    float64x2_t odd_ab = vreinterpretq_f64_f32(vtrn2q_f32(a, b));
    float64x2_t even_cd = vreinterpretq_f64_f32(vtrn1q_f32(c, d));
    float64x2_t odd_cd = vreinterpretq_f64_f32(vtrn2q_f32(c, d));
    vst1q_f32(to, vreinterpretq_f32_f64(vtrn1q_f64(even_ab, even_cd)));
    vst1q_f32(to + wide, vreinterpretq_f32_f64(vtrn1q_f64(odd_ab, odd_cd)));
    vst1q_f32(to + 2 * wide, vreinterpretq_f32_f64(vtrn2q_f64(even_ab, even_cd)));
    vst1q_f32(to + 3 * wide, vreinterpretq_f32_f64(vtrn2q_f64(odd_ab, odd_cd)));
}

KERNEL void interleave(float *to, size_t wide, const float *from, size_t line, uint32_t depth) {
    uint32_t k = 0;
    for (; depth - k >= 4; k += 4, to += 4 * wide) {
        transpose(to, wide, from + k, line);
        transpose(to + 4, wide, from + 4 * line + k, line);
    }
    for (; k < depth; k++, to += wide)
        for (uint32_t i = 0; i < TR_LANES; i++)
            to[i] = from[i * line + k];
}

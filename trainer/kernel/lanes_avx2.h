/* SPDX-License-Identifier: MIT */
/* Eight lanes by AVX2 and FMA, as loops.h wants them; it is included as that is. */
#include <immintrin.h>

enum { LANES = TR_LANES };
typedef __m256 vec;

INLINE vec vec_load(const float *from) {
    return _mm256_loadu_ps(from);
}

INLINE void vec_store(float *to, vec a) {
    _mm256_storeu_ps(to, a);
}

INLINE vec vec_set1(float a) {
    return _mm256_set1_ps(a);
}

INLINE vec vec_add(vec a, vec b) {
    return _mm256_add_ps(a, b);
}

INLINE vec vec_sub(vec a, vec b) {
    return _mm256_sub_ps(a, b);
}

INLINE vec vec_mul(vec a, vec b) {
    return _mm256_mul_ps(a, b);
}

INLINE vec vec_div(vec a, vec b) {
    return _mm256_div_ps(a, b);
}

INLINE vec vec_fma(vec a, vec b, vec c) {
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vec vec_fnma(vec a, vec b, vec c) {
    return _mm256_fnmadd_ps(a, b, c);
}

INLINE vec vec_max(vec a, vec b) {
    return _mm256_max_ps(a, b);
}

INLINE vec vec_min(vec a, vec b) {
    return _mm256_min_ps(a, b);
}

INLINE int vec_equal(vec a, vec b) {
    __m256i differ = _mm256_xor_si256(_mm256_castps_si256(a), _mm256_castps_si256(b));
    return _mm256_testz_si256(differ, differ);
}

INLINE vec vec_exp2(vec a) {
    __m256i bits = _mm256_slli_epi32(_mm256_castps_si256(a), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(bits, _mm256_set1_epi32(0x3f800000)));
}

INLINE vec vec_rsqrt_estimate(vec a) {
    __m256i half = _mm256_srli_epi32(_mm256_castps_si256(a), 1);
    return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(0x5f3759df), half));
}

/* Eight lines of eight, `line` apart, become columns. */
INLINE void transpose(float *to, size_t wide, const float *from, size_t line) {
    vec r[TR_LANES], s[TR_LANES];
    for (size_t i = 0; i < TR_LANES; i++)
        r[i] = vec_load(from + i * line);
    for (size_t i = 0; i < TR_LANES; i += 2) {
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < TR_LANES; i += 4) {
        r[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (size_t i = 0; i < 4; i++) {
        vec_store(to + i * wide, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        vec_store(to + (i + 4) * wide, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

KERNEL void interleave(float *to, size_t wide, const float *from, size_t line, uint32_t depth) {
    uint32_t k = 0;
    for (; depth - k >= TR_LANES; k += TR_LANES, to += TR_LANES * wide)
        transpose(to, wide, from + k, line);
    for (; k < depth; k++, to += wide)
        for (uint32_t i = 0; i < TR_LANES; i++)
            to[i] = from[i * line + k];
}

/* SPDX-License-Identifier: MIT */
/* Sixteen lanes by AVX-512F, as loops.h wants them; it is included as that is. */
#include <immintrin.h>

enum { LANES = 16 };
typedef __m512 vec;

INLINE vec vec_load(const float *from) {
    return _mm512_loadu_ps(from);
}

INLINE void vec_store(float *to, vec a) {
    _mm512_storeu_ps(to, a);
}

INLINE vec vec_set1(float a) {
    return _mm512_set1_ps(a);
}

INLINE vec vec_sub(vec a, vec b) {
    return _mm512_sub_ps(a, b);
}

INLINE vec vec_add(vec a, vec b) {
    return _mm512_add_ps(a, b);
}

INLINE vec vec_mul(vec a, vec b) {
    return _mm512_mul_ps(a, b);
}

INLINE vec vec_div(vec a, vec b) {
    return _mm512_div_ps(a, b);
}

INLINE vec vec_fma(vec a, vec b, vec c) {
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vec vec_fnma(vec a, vec b, vec c) {
    return _mm512_fnmadd_ps(a, b, c);
}

INLINE int vec_equal(vec a, vec b) {
    return !_mm512_cmpneq_epi32_mask(_mm512_castps_si512(a), _mm512_castps_si512(b));
}

INLINE vec vec_rsqrt_estimate(vec a) {
    __m512i half = _mm512_srli_epi32(_mm512_castps_si512(a), 1);
    return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(0x5f3759df), half));
}

/* SPDX-License-Identifier: MIT */
/* The kernels for x86 with SSE2, which every x86-64 has. */
#include "kernel/kernel.h"

/* gcc's <emmintrin.h> wants <stdlib.h>, which a bare machine may lack. */
#if defined(__SSE2__) && defined(__GNUC__) && defined(__has_include)
#if __has_include(<emmintrin.h>) && __has_include(<stdlib.h>)
#define TT_HAVE_SSE2
#endif
#endif

#ifdef TT_HAVE_SSE2
#include <emmintrin.h>

typedef __m128 four;

#define four_all _mm_set1_ps
#define four_load _mm_loadu_ps
#define four_store _mm_storeu_ps
#define four_add _mm_add_ps
#define four_mul _mm_mul_ps
#define four_and _mm_and_ps

/* tt_half_value of eight, on the upper halves of singles where that is enough. */
KERNEL_INLINE void four_halfs(const uint8_t *at, four *value) {
    const __m128i half = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i top = _mm_set1_epi16(0x7c00), zero = _mm_setzero_si128();
    __m128i exponent = _mm_and_si128(half, top);
    __m128i huge = _mm_cmpeq_epi16(exponent, top), tiny = _mm_cmpeq_epi16(exponent, zero);
    __m128i magnitude = _mm_and_si128(half, _mm_set1_epi16(0x7fff));
    __m128i sign = _mm_xor_si128(half, magnitude);
    __m128i low = _mm_slli_epi16(magnitude, 13), high = _mm_srli_epi16(magnitude, 3);
    high = _mm_add_epi16(high, _mm_set1_epi16(0x3800));
    high = _mm_add_epi16(high, _mm_and_si128(huge, _mm_set1_epi16(0x3800)));
    high = _mm_add_epi16(high, _mm_and_si128(tiny, _mm_set1_epi16(0x0080)));
    __m128i base = _mm_and_si128(tiny, _mm_set1_epi16(0x3880));
    __m128 first = _mm_sub_ps(_mm_castsi128_ps(_mm_unpacklo_epi16(low, high)),
                              _mm_castsi128_ps(_mm_unpacklo_epi16(zero, base)));
    __m128 second = _mm_sub_ps(_mm_castsi128_ps(_mm_unpackhi_epi16(low, high)),
                               _mm_castsi128_ps(_mm_unpackhi_epi16(zero, base)));
    value[0] = _mm_or_ps(first, _mm_castsi128_ps(_mm_unpacklo_epi16(zero, sign)));
    value[1] = _mm_or_ps(second, _mm_castsi128_ps(_mm_unpackhi_epi16(zero, sign)));
}

KERNEL_INLINE four four_positive(four x) {
    return _mm_and_ps(x, _mm_cmpgt_ps(x, _mm_setzero_ps()));
}

KERNEL_INLINE four four_finite(four x) {
    const __m128 magnitude = _mm_castsi128_ps(_mm_set1_epi32(0x7fffffff));
    const __m128 infinity = _mm_castsi128_ps(_mm_set1_epi32(0x7f800000));
    return _mm_cmplt_ps(_mm_and_ps(x, magnitude), infinity);
}

KERNEL_INLINE int four_every(four mask) {
    return _mm_movemask_ps(mask) == 15;
}

#include "kernel/kernel_four.h"

static const tt_kernels kernels_sse2 = FOUR_KERNELS("sse2");

const tt_kernels *tt_kernels_sse2(void) {
    return &kernels_sse2;
}

#else

const tt_kernels *tt_kernels_sse2(void) {
    return NULL;
}

#endif

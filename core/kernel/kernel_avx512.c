/* SPDX-License-Identifier: MIT */
/* The kernels of AVX2, with vectors of sixteen where they run over outputs: sums of a bag and
 * of a layer are each of their own, so that their bits do not depend on the width. */
#include "kernel/kernel.h"

#if defined(TT_HAVE_AVX2) && !TT_IS_SMALL

#define AVX512_TARGET __attribute__((target("avx512f")))
#define AVX512_INLINE static inline __attribute__((always_inline, target("avx512f")))

enum { AVX512_WIDTH = 16 };

AVX512_INLINE __m512 avx512_load(const uint8_t *at, tt_type type) {
    if (type == TT_F16)
        return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)at));
    return _mm512_loadu_ps((const float *)(const void *)at);
}

AVX512_INLINE __m512 avx512_all(const float *at) {
    return _mm512_set1_ps(*at);
}

AVX512_INLINE unsigned avx512_other(__m512 v) {
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ);
}

#define WIDE(name) name##_avx512
#define WIDE_TARGET AVX512_TARGET
#define WIDE_WIDTH AVX512_WIDTH
#define wide __m512
#define wide_load avx512_load
#define wide_all avx512_all
#define wide_from _mm512_loadu_ps
#define wide_to _mm512_storeu_ps
#define wide_to_line _mm512_store_ps
#define wide_zero _mm512_setzero_ps
#define wide_add _mm512_add_ps
#define wide_mul _mm512_mul_ps
#define wide_other avx512_other
#include "kernel/kernel_wide.h"

static const tt_kernels kernels_avx512 = {.name = "avx512",
                                          .gather = gather_avx512,
                                          .gather_far = gather_far_avx512,
                                          .dots = dots_avx2,
                                          .dots_far = dots_far_avx2,
                                          .estimate = estimate_avx2,
                                          .squares = squares_avx2,
                                          .widen = widen_avx2,
                                          .nonzero = nonzero_avx2,
                                          .product = product_avx512,
                                          .finish = finish_avx2};

const tt_kernels *tt_kernels_avx512(void) {
    return avx2_has(1u << 5 | 1u << 16, 0xe6) ? &kernels_avx512 : NULL;
}

/* AMD's family 25 takes sixteen lanes in two halves and longer to convert them: no faster. */
static int avx512_is_faster(void) {
    const uint32_t version = avx2_cpuid(1).eax, amd = 0x68747541; /* "Auth" */
    const uint32_t family = (version >> 8 & 15) + (version >> 20 & 255);
    return tt_kernels_avx512() != NULL && (avx2_cpuid(0).ebx != amd || family != 25);
}

#else

const tt_kernels *tt_kernels_avx512(void) {
    return NULL;
}

static int avx512_is_faster(void) {
    return 0;
}

#endif

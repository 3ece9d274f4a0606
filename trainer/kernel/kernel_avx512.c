/* SPDX-License-Identifier: MIT */
/* Matrix products, sums of rows and Adam by AVX-512; what takes eight lanes is that of AVX2. */
#include "kernel/kernels.h"

#ifdef __x86_64__

#define KERNEL static __attribute__((target("avx512f,avx2,fma")))
#define INLINE static inline __attribute__((target("avx512f,avx2,fma")))

#include "kernel/lanes_avx512.h"
#include "kernel/loops.h"
#include "kernel/loops_adam.h"

/* 12 rows of 32 columns take 24 of 32 registers. */
enum { HIGH = 12, WIDE = 32, HALF = 16 };

/* DO(i, address of row i, element of a of row i and depth k) */
#define EACH_ROW(DO) \
    DO(0, c0, a0[0]) \
    DO(1, c0 + stride, a0[row]) \
    DO(2, c0 + 2 * stride, a0[2 * row]) \
    DO(3, c3, a3[0]) \
    DO(4, c3 + stride, a3[row]) \
    DO(5, c3 + 2 * stride, a3[2 * row]) \
    DO(6, c6, a6[0]) \
    DO(7, c6 + stride, a6[row]) \
    DO(8, c6 + 2 * stride, a6[2 * row]) \
    DO(9, c9, a9[0]) \
    DO(10, c9 + stride, a9[row]) \
    DO(11, c9 + 2 * stride, a9[2 * row])

#define ZERO(i, at, element) __m512 x##i = _mm512_setzero_ps(), y##i = _mm512_setzero_ps();
#define LOAD(i, at, element) x##i = _mm512_loadu_ps(at), y##i = _mm512_loadu_ps((at) + HALF);
#define STORE(i, at, element) _mm512_storeu_ps(at, x##i), _mm512_storeu_ps((at) + HALF, y##i);
/* The lines that will be stored are fetched meanwhile. */
#define WILL_STORE(i, at, element) \
    __builtin_prefetch(at, 1), __builtin_prefetch((at) + HALF, 1), \
        __builtin_prefetch((at) + WIDE - 1, 1);
#define FUSE(i, at, element) \
    s = _mm512_set1_ps(element); \
    x##i = _mm512_fmadd_ps(s, x, x##i), y##i = _mm512_fmadd_ps(s, y, y##i);

KERNEL void multiply(float *c, size_t stride, const float *a, size_t row, size_t step,
                     const float *b, uint32_t depth, int add) {
    float *c0 = c, *c3 = c0 + 3 * stride, *c6 = c3 + 3 * stride, *c9 = c6 + 3 * stride;
    const float *a0 = a, *a3 = a0 + 3 * row, *a6 = a3 + 3 * row, *a9 = a6 + 3 * row;
    EACH_ROW(WILL_STORE)
    EACH_ROW(ZERO)
    if (add) {
        EACH_ROW(LOAD)
    }
    for (uint32_t k = 0; k < depth; k++, b += WIDE) {
        __m512 x = _mm512_loadu_ps(b), y = _mm512_loadu_ps(b + HALF), s;
        __builtin_prefetch(a0 + 2 * HIGH * row); /* where rows lie side by side, panels to come */
        EACH_ROW(FUSE)
        a0 += step, a3 += step, a6 += step, a9 += step;
    }
    EACH_ROW(STORE)
}

KERNEL void interleave(float *to, size_t wide, const float *from, size_t line, uint32_t depth) {
    tr_kernels_avx2()->interleave(to, wide, from, line, depth);
}

KERNEL float dot(const float *a, const float *b, size_t count) {
    return tr_kernels_avx2()->dot(a, b, count);
}

KERNEL float max(const float *row, size_t count) {
    return tr_kernels_avx2()->max(row, count);
}

KERNEL float exp_row(float *row, float scale, float less, size_t count) {
    return tr_kernels_avx2()->exp(row, scale, less, count);
}

const tr_kernels *tr_kernels_avx512(void) {
    static const tr_kernels kernels = {"avx512", HIGH,       WIDE,  multiply, interleave,
                                       dot,      add_scaled, scale, gather,   max,
                                       exp_row,  sum_rows,   adam,  catch_up};
    return __builtin_cpu_supports("avx512f") && tr_kernels_avx2() ? &kernels : NULL;
}

#else

const tr_kernels *tr_kernels_avx512(void) {
    return NULL;
}

#endif

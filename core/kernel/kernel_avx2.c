/* SPDX-License-Identifier: MIT */
/* The kernels for x86-64 with AVX2, F16C and FMA: the same bits as kernel_c.c, for
 * vectors run over outputs, or are the eight lanes themselves.  The compiler may use FMA only
 * where bits do not count: a fused product has others.  The functions carry their
 * target, so the file needs no flags and runs only where the getter says so. */
#include "kernel/kernel.h"

/* gcc's <immintrin.h> wants <stdlib.h>, which a bare machine may lack. */
#if defined(__x86_64__) && defined(__GNUC__) && defined(__has_include)
#if __has_include(<immintrin.h>) && __has_include(<stdlib.h>)
#define TT_HAVE_AVX2
#endif
#endif

#ifdef TT_HAVE_AVX2
#include <immintrin.h>

#define AVX2_TARGET __attribute__((target("avx2,f16c")))
#define AVX2_INLINE static inline __attribute__((always_inline, target("avx2,f16c")))

enum {
    AVX2_WIDTH = 8,
    AVX2_NEAR_BYTES = 2048, /* between a line that is asked for and its use, */
    AVX2_FAR_BYTES = 16384  /* where rows follow one another */
};

/* ---- Loads ------------------------------------------------------------------------- */

AVX2_INLINE __m256 avx2_load(const uint8_t *at, tt_type type) {
    if (type == TT_F16)
        return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
    return _mm256_loadu_ps((const float *)(const void *)at);
}

/* `n` < 8 values, then zeros. */
AVX2_INLINE __m256 avx2_load_tail(const uint8_t *at, tt_type type, size_t n) {
    float value[AVX2_WIDTH] = {0};
    for (size_t i = 0; i < n; i++)
        value[i] = kernel_value(at, type, i);
    return _mm256_loadu_ps(value);
}

AVX2_INLINE unsigned avx2_other(__m256 v) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(v, _mm256_setzero_ps(), _CMP_NEQ_UQ));
}

/* ---- Bags and layers --------------------------------------------------------------------- */

#define WIDE(name) name##_avx2
#define WIDE_TARGET AVX2_TARGET
#define WIDE_WIDTH AVX2_WIDTH
#define wide __m256
#define wide_load avx2_load
#define wide_all _mm256_broadcast_ss
#define wide_from _mm256_loadu_ps
#define wide_to _mm256_storeu_ps
#define wide_to_line _mm256_store_ps
#define wide_zero _mm256_setzero_ps
#define wide_add _mm256_add_ps
#define wide_mul _mm256_mul_ps
#define wide_other avx2_other
#include "kernel/kernel_wide.h"

/* ---- Dot products -------------------------------------------------------------------- */

/* ((0+4) + (2+6)) + ((1+5) + (3+7)) of each of eight vectors. */
AVX2_INLINE __m256 avx2_sums(const __m256 *lane) {
    __m256 half[4], pair[2];
    for (size_t k = 0; k < 4; k++) /* 0+4, 1+5, 2+6, 3+7 of lane[k] and lane[k + 4] */
        half[k] = _mm256_add_ps(_mm256_permute2f128_ps(lane[k], lane[k + 4], 0x20),
                                _mm256_permute2f128_ps(lane[k], lane[k + 4], 0x31));
    for (size_t k = 0; k < 2; k++) /* the first and third, the second and fourth of these */
        pair[k] = _mm256_add_ps(_mm256_shuffle_ps(half[2 * k], half[2 * k + 1], 0x44),
                                _mm256_shuffle_ps(half[2 * k], half[2 * k + 1], 0xee));
    return _mm256_add_ps(_mm256_shuffle_ps(pair[0], pair[1], 0x88),
                         _mm256_shuffle_ps(pair[0], pair[1], 0xdd));
}

AVX2_INLINE float avx2_sum(__m256 lane) {
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(lane), _mm256_extractf128_ps(lane, 1));
    __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
}

/* A row and the start of a sum in each lane; zeros behind the tail change no bit,
 * for a sum that starts at +0 is never -0. */
AVX2_INLINE float avx2_dot(const uint8_t *row, tt_type type, const float *query, size_t n) {
    const size_t size = type == TT_F16 ? 2 : 4, whole = n - n % AVX2_WIDTH;
    __m256 lane = _mm256_setzero_ps();
    for (size_t i = 0; i < whole; i += AVX2_WIDTH)
        lane = _mm256_add_ps(
            lane, _mm256_mul_ps(_mm256_loadu_ps(query + i), avx2_load(row + i * size, type)));
    if (whole < n) {
        __m256 rest = avx2_load_tail((const uint8_t *)(query + whole), TT_F32, n - whole);
        lane = _mm256_add_ps(
            lane, _mm256_mul_ps(rest, avx2_load_tail(row + whole * size, type, n - whole)));
    }
    return avx2_sum(lane);
}

/* sum + product, k counting additions.  Halfs are converted by the units that add, so every other
 * sum of theirs is left to those that multiply: product * 1 + sum has the same bits.  By hand, so
 * that the compiler may fuse nothing itself. */
AVX2_INLINE __m256 avx2_add(__m256 sum, __m256 product, size_t k, tt_type type) {
    if (type != TT_F16 || k % 2 == 0)
        return _mm256_add_ps(sum, product);
    const __m256 one = _mm256_set1_ps(1.0f);
    __asm__("vfmadd231ps %2, %1, %0" : "+x"(sum) : "x"(product), "x"(one));
    return sum;
}

/* Eight rows together, so that their sums do not wait for one another.  The hardware does not see
 * that eight streams are one, so of the `left` bytes from `rows` on those some way ahead are asked
 * for: early into the second cache, which holds more of them, and then into the first. */
AVX2_INLINE __m256 avx2_dot8(const uint8_t *rows, tt_type type, size_t left, const float *query,
                             size_t n) {
    const size_t size = type == TT_F16 ? 2 : 4, stride = n * size, step = 8 * AVX2_WIDTH * size;
    const size_t far = left > AVX2_FAR_BYTES + 8 * stride ? AVX2_FAR_BYTES : 0;
    __m256 lane[8];
    for (size_t k = 0; k < 8; k++)
        lane[k] = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += AVX2_WIDTH) {
        const __m256 part = _mm256_loadu_ps(query + i);
        if (far > 0)
            for (size_t line = 0; line < step; line += WIDE_LINE) {
                __builtin_prefetch(rows + AVX2_NEAR_BYTES + 8 * i * size + line);
                __builtin_prefetch(rows + far + 8 * i * size + line, 0, 2);
            }
        for (size_t k = 0; k < 8; k++) {
            __m256 value = avx2_load(rows + k * stride + i * size, type);
            lane[k] = avx2_add(lane[k], _mm256_mul_ps(part, value), k, type);
        }
    }
    return avx2_sums(lane);
}

AVX2_INLINE void avx2_dots_type(float *out, const uint8_t *rows, tt_type type, size_t count,
                                const float *query, size_t n, size_t left) {
    const size_t stride = n * (type == TT_F16 ? 2 : 4);
    size_t r = 0;
    if (n % AVX2_WIDTH == 0)
        for (; count - r >= 8; r += 8) {
            const size_t done = r * stride;
            _mm256_storeu_ps(out + r,
                             avx2_dot8(rows + done, type, left > done ? left - done : 0, query, n));
        }
    for (; r < count; r++)
        out[r] = avx2_dot(rows + r * stride, type, query, n);
}

AVX2_TARGET static void dots_far_avx2(float *out, const uint8_t *rows, tt_type type, size_t count,
                                      const float *query, size_t n, size_t left) {
    if (type == TT_F16)
        avx2_dots_type(out, rows, TT_F16, count, query, n, left);
    else
        avx2_dots_type(out, rows, TT_F32, count, query, n, left);
}

AVX2_TARGET static void dots_avx2(float *out, const uint8_t *rows, tt_type type, size_t count,
                                  const float *query, size_t n) {
    dots_far_avx2(out, rows, type, count, query, n, 0);
}

/* Only where bits do not count; a tail is left to the exact kernel. */
__attribute__((target("avx2,f16c,fma"))) static void
estimate_avx2(float *out, const uint8_t *rows, size_t count, const float *query, size_t n) {
    const size_t stride = n * sizeof(float), whole = n % AVX2_WIDTH == 0 ? count - count % 8 : 0;
    for (size_t r = 0; r < whole; r += 8) {
        const uint8_t *row = rows + r * stride;
        __m256 lane[8];
        for (size_t k = 0; k < 8; k++)
            lane[k] = _mm256_setzero_ps();
        for (size_t i = 0; i < n; i += AVX2_WIDTH) {
            const __m256 part = _mm256_loadu_ps(query + i);
            for (size_t k = 0; k < 8; k++) {
                __m256 value = avx2_load(row + k * stride + i * sizeof(float), TT_F32);
                lane[k] = _mm256_fmadd_ps(part, value, lane[k]);
            }
        }
        _mm256_storeu_ps(out + r, avx2_sums(lane));
    }
    dots_avx2(out + whole, rows + whole * stride, TT_F32, count - whole, query, n);
}

AVX2_TARGET static float squares_avx2(const float *x, size_t n) {
    return avx2_dot((const uint8_t *)x, TT_F32, x, n);
}

/* ---- Around a layer ------------------------------------------------------------------ */

AVX2_TARGET static void widen_avx2(uint8_t *single, const uint8_t *half, size_t n) {
    size_t i = 0;
    for (; n - i >= AVX2_WIDTH; i += AVX2_WIDTH)
        _mm256_storeu_ps((float *)(void *)(single + 4 * i), avx2_load(half + 2 * i, TT_F16));
    widen_c(single + 4 * i, half + 2 * i, n - i);
}

/* For each mask of four, the halves of the 64-bit entries that go to the front. */
static const uint8_t avx2_front[16][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0}, {2, 3, 0, 0, 0, 0, 0, 0},
    {0, 1, 2, 3, 0, 0, 0, 0}, {4, 5, 0, 0, 0, 0, 0, 0}, {0, 1, 4, 5, 0, 0, 0, 0},
    {2, 3, 4, 5, 0, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 0, 0}, {6, 7, 0, 0, 0, 0, 0, 0},
    {0, 1, 6, 7, 0, 0, 0, 0}, {2, 3, 6, 7, 0, 0, 0, 0}, {0, 1, 2, 3, 6, 7, 0, 0},
    {4, 5, 6, 7, 0, 0, 0, 0}, {0, 1, 4, 5, 6, 7, 0, 0}, {2, 3, 4, 5, 6, 7, 0, 0},
    {0, 1, 2, 3, 4, 5, 6, 7}};

/* Those of the four entries that `mask` names, to the front of `to`; the others lie behind. */
AVX2_INLINE void avx2_put4(tt_entry *to, __m256 four, unsigned mask) {
    __m256i order =
        _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)avx2_front[mask]));
    _mm256_storeu_ps((float *)(void *)to, _mm256_permutevar8x32_ps(four, order));
}

AVX2_TARGET static size_t nonzero_avx2(tt_entry *entry, const float *x, size_t n) {
    const uint64_t bits_set = UINT64_C(0x4332322132212110); /* of a mask, 4 bits each */
    __m256i row = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    size_t held = 0, i = 0;
    for (; n - i >= AVX2_WIDTH; i += AVX2_WIDTH) {
        const __m256 value = _mm256_loadu_ps(x + i), at = _mm256_castsi256_ps(row);
        unsigned mask = avx2_other(value);
        __m256 even = _mm256_unpacklo_ps(at, value); /* entries 0, 1, 4, 5 */
        __m256 odd = _mm256_unpackhi_ps(at, value);  /* entries 2, 3, 6, 7 */
        avx2_put4(entry + held, _mm256_permute2f128_ps(even, odd, 0x20), mask & 15);
        held += bits_set >> 4 * (mask & 15) & 15;
        avx2_put4(entry + held, _mm256_permute2f128_ps(even, odd, 0x31), mask >> 4);
        held += bits_set >> 4 * (mask >> 4) & 15;
        row = _mm256_add_epi32(row, _mm256_set1_epi32(AVX2_WIDTH));
    }
    return nonzero_from(entry, held, x, i, n);
}

AVX2_INLINE __m256 avx2_finish8(const float *x, const uint8_t *bias, tt_type type,
                                const float *add) {
    __m256 sum = _mm256_loadu_ps(x);
    if (bias != NULL)
        sum = _mm256_add_ps(sum, avx2_load(bias, type));
    if (add != NULL)
        sum = _mm256_add_ps(sum, _mm256_loadu_ps(add));
    return sum;
}

AVX2_TARGET static int finish_avx2(float *x, size_t n, const uint8_t *bias, tt_type type,
                                   const float *add, int relu) {
    const size_t size = type == TT_F16 ? 2 : 4;
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    const __m256 infinity = _mm256_castsi256_ps(_mm256_set1_epi32(0x7f800000));
    const __m256 all = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    const __m256 always = relu ? _mm256_setzero_ps() : all;
    __m256 finite = all;
    size_t i = 0;
    for (; n - i >= AVX2_WIDTH; i += AVX2_WIDTH) {
        __m256 sum = avx2_finish8(x + i, bias != NULL ? bias + i * size : NULL, type,
                                  add != NULL ? add + i : NULL);
        finite = _mm256_and_ps(finite,
                               _mm256_cmp_ps(_mm256_and_ps(sum, magnitude), infinity, _CMP_LT_OQ));
        __m256 kept = _mm256_or_ps(always, _mm256_cmp_ps(sum, _mm256_setzero_ps(), _CMP_GT_OQ));
        _mm256_storeu_ps(x + i, _mm256_and_ps(kept, sum));
    }
    int rest = finish_c(x + i, n - i, bias != NULL ? bias + i * size : NULL, type,
                        add != NULL ? add + i : NULL, relu);
    return rest & (_mm256_movemask_ps(finite) == 0xff);
}

/* What a build of short code does without. */
#define AVX2_LARGE(kernel) (TT_IS_SMALL ? NULL : kernel)

static const tt_kernels kernels_avx2 = {.name = "avx2",
                                        .gather = gather_avx2,
                                        .gather_far = AVX2_LARGE(gather_far_avx2),
                                        .dots = dots_avx2,
                                        .dots_far = AVX2_LARGE(dots_far_avx2),
                                        .estimate = estimate_avx2,
                                        .squares = squares_avx2,
                                        .widen = widen_avx2,
                                        .nonzero = nonzero_avx2,
                                        .product = AVX2_LARGE(product_avx2),
                                        .finish = finish_avx2};

/* ---- The machine --------------------------------------------------------------------- */

typedef struct avx2_leaf {
    uint32_t eax, ebx, ecx, edx;
} avx2_leaf;

/* By hand: the compilers' own test keeps its answer in a variable of libgcc. */
static avx2_leaf avx2_cpuid(uint32_t number) {
    avx2_leaf leaf = {number, 0, 0, 0};
    __asm__ volatile("cpuid" : "+a"(leaf.eax), "=b"(leaf.ebx), "+c"(leaf.ecx), "=d"(leaf.edx));
    return leaf;
}

/* What the processor has and the system keeps: `features` are bits of leaf 7, `registers` of
 * XCR0 (Intel SDM volume 1, 14.7.1 and 15.2).  FMA, AVX and F16C are wanted always. */
static int avx2_has(uint32_t features, uint32_t registers) {
    const uint32_t wanted = 1u << 12 | 1u << 27 | 1u << 28 | 1u << 29; /* FMA, OSXSAVE, AVX, F16C */
    uint32_t low, high;
    if (avx2_cpuid(0).eax < 7 || (avx2_cpuid(1).ecx & wanted) != wanted)
        return 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (avx2_cpuid(7).ebx & features) == features && (low & registers) == registers;
}

const tt_kernels *tt_kernels_avx2(void) {
    return avx2_has(1u << 5, 0x06) ? &kernels_avx2 : NULL;
}

#else

const tt_kernels *tt_kernels_avx2(void) {
    return NULL;
}

#endif

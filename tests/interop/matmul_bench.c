/* SPDX-License-Identifier: MIT */
/* The matrix products where training spends most of its arithmetic, beside the
 * fused multiply-adds that registers of the same width can do, measured in transpose.
 *     matmul_bench [rounds] [threads]    one JSON line per kernel table */
#include "kernel/kernels.h"
#include "kernel/matmul.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __x86_64__
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* A batch of users, the length of an embedding, and the candidates. */
enum { USERS = 200, DIM = 128, ITEMS = 8390 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- The most that registers can do ------------------------------------------------------ */

/* Twelve sums at once, enough to hide the latency of each; all different, lest the
 * compiler make them one. */
enum { SUMS = 12, PEAK_STEPS = 1 << 17 };
#define PEAK(name, vec, all, fused, out) \
    static void name(void *context, uint32_t part) { \
        float *from = (float *)context + (size_t)part * 64; \
        vec a = all(from[12]), b = all(from[13]), s0 = all(from[0]); \
        vec s1 = all(from[1]), s2 = all(from[2]), s3 = all(from[3]); \
        vec s4 = all(from[4]), s5 = all(from[5]), s6 = all(from[6]); \
        vec s7 = all(from[7]), s8 = all(from[8]), s9 = all(from[9]); \
        vec s10 = all(from[10]), s11 = all(from[11]); \
        for (int i = 0; i < PEAK_STEPS; i++) { \
            s0 = fused(s0), s1 = fused(s1), s2 = fused(s2), s3 = fused(s3); \
            s4 = fused(s4), s5 = fused(s5), s6 = fused(s6), s7 = fused(s7); \
            s8 = fused(s8), s9 = fused(s9), s10 = fused(s10), s11 = fused(s11); \
        } \
        out(from, s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11); \
    }

#if defined(__x86_64__)
#define FUSED_AVX2(s) _mm256_fmadd_ps(s, b, a)
#define FUSED_AVX512(s) _mm512_fmadd_ps(s, b, a)
__attribute__((target("avx2,fma")))
PEAK(peak_avx2, __m256, _mm256_set1_ps, FUSED_AVX2, _mm256_storeu_ps)
    __attribute__((target("avx512f")))
    PEAK(peak_avx512, __m512, _mm512_set1_ps, FUSED_AVX512, _mm512_storeu_ps)
#elif defined(__aarch64__)
#define FUSED_NEON(s) vfmaq_f32(a, s, b)
PEAK(peak_neon, float32x4_t, vdupq_n_f32, FUSED_NEON, vst1q_f32)
#endif

        typedef struct form {
    const tr_kernels *kernels;
    tr_work peak;
    double lanes;
} form;

/* Seconds that a number of multiplications and additions took, the best of all rounds. */
typedef struct timing {
    double flops, best;
} timing;

static void took(timing *of, double seconds) {
    if (of->best <= 0.0 || seconds < of->best)
        of->best = seconds;
}

static double speed(const timing *of) {
    return of->flops / of->best * 1e-9;
}

static float *numbers(size_t count, uint32_t seed) {
    float *all = malloc(count * sizeof *all);
    if (!all)
        abort();
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        all[i] = (float)(seed >> 8) * 0x1p-23f - 1.0f;
    }
    return all;
}

enum { LOGITS, BY_USERS, BY_ITEMS, PRODUCTS };

static void measure(const form *of, tr_pool *pool, uint32_t rounds) {
    float *user = numbers((size_t)USERS * DIM, 1), *item = numbers((size_t)ITEMS * DIM, 2);
    float *score = numbers((size_t)USERS * ITEMS, 3), *by_user = numbers((size_t)USERS * DIM, 4);
    float *by_item = numbers((size_t)ITEMS * DIM, 5);
    uint32_t threads = tr_pool_threads(pool);
    timing peak = {2.0 * SUMS * of->lanes * PEAK_STEPS * threads, 0}, product[PRODUCTS];
    float *sums = numbers((size_t)threads * 64, 6);
    for (int i = 0; i < PRODUCTS; i++)
        product[i] = (timing){2.0 * USERS * DIM * ITEMS, 0};
    tr_kernels_use(of->kernels);
    for (uint32_t round = 0; round < rounds; round++) {
        double t0 = now();
        tr_pool_run(pool, of->peak, sums, threads);
        double t1 = now();
        tr_matmul(pool, score, ITEMS, tr_rows_of(user, DIM), tr_transposed(item, DIM), USERS, ITEMS,
                  DIM, 0);
        double t2 = now();
        tr_matmul(pool, by_user, DIM, tr_rows_of(score, ITEMS), tr_rows_of(item, DIM), USERS, DIM,
                  ITEMS, 0);
        double t3 = now();
        tr_matmul(pool, by_item, DIM, tr_transposed(score, ITEMS), tr_rows_of(user, DIM), ITEMS,
                  DIM, USERS, 0);
        double t4 = now();
        took(&peak, t1 - t0);
        took(&product[LOGITS], t2 - t1);
        took(&product[BY_USERS], t3 - t2);
        took(&product[BY_ITEMS], t4 - t3);
    }
    printf("{\"kernel\":\"%s\",\"threads\":%u,\"peak_gflops\":%.1f", of->kernels->name, threads,
           speed(&peak));
    static const char *const name[PRODUCTS] = {"logits", "by_users", "by_items"};
    for (int i = 0; i < PRODUCTS; i++)
        printf(",\"%s_gflops\":%.1f,\"%s_of_peak\":%.2f", name[i], speed(&product[i]), name[i],
               speed(&product[i]) / speed(&peak));
    printf("}\n");
    free(user), free(item), free(score), free(by_user), free(by_item), free(sums);
}

int main(int argc, char **argv) {
    uint32_t rounds = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 50;
    tr_pool *pool = tr_pool_create(argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1);
    if (!pool)
        return 1;
#if defined(__x86_64__)
    const form forms[] = {{tr_kernels_avx2(), peak_avx2, 8},
                          {tr_kernels_avx512(), peak_avx512, 16}};
#elif defined(__aarch64__)
    const form forms[] = {{tr_kernels_now(), peak_neon, 4}};
#else
    const form forms[] = {{NULL, NULL, 0}};
#endif
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].kernels)
            measure(&forms[i], pool, rounds > 0 ? rounds : 1);
    tr_pool_free(pool);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <stdlib.h>

enum { PARTS = 50, DRAWS_OF_PART = TR_DRAWS / PARTS };

typedef struct bootstrap {
    const double *value;
    size_t stride;
    uint32_t users;
    double *mean; /* [TR_AT_K][TR_DRAWS] */
} bootstrap;

/* Number `at` of stream `stream`: the finaliser of SplitMix64 (Steele, Lea and
 * Flood, 2014) over a counter, so that any number is had without the ones before it. */
static uint64_t random_at(uint32_t stream, uint32_t at) {
    uint64_t x = ((uint64_t)stream << 32 | at) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void draw(void *context, uint32_t part) {
    const bootstrap *boot = context;
    for (uint32_t n = 0; n < DRAWS_OF_PART; n++) {
        uint32_t number = part * DRAWS_OF_PART + n;
        double sum[TR_AT_K] = {0};
        for (uint32_t i = 0; i < boot->users; i++) {
            uint64_t user = (random_at(number, i) >> 32) * boot->users >> 32;
            const double *row = boot->value + (size_t)user * boot->stride;
            for (int m = 0; m < TR_AT_K; m++)
                sum[m] += row[m];
        }
        for (size_t m = 0; m < TR_AT_K; m++)
            boot->mean[m * TR_DRAWS + number] = sum[m] / boot->users;
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Between the two nearest of `ascending` [TR_DRAWS], in proportion. */
static double percentile(const double *ascending, double part) {
    double at = part * (TR_DRAWS - 1);
    int below = (int)at;
    return ascending[below] + (at - below) * (ascending[below + 1] - ascending[below]);
}

tr_status tr_bootstrap(tr_pool *pool, const double *value, size_t stride, uint32_t users,
                       double low[TR_AT_K], double high[TR_AT_K]) {
    bootstrap boot = {value, stride, users, NULL};
    boot.mean = malloc(sizeof *boot.mean * TR_AT_K * TR_DRAWS);
    if (!boot.mean)
        return TR_NO_MEMORY;
    tr_pool_run(pool, draw, &boot, PARTS);
    for (size_t m = 0; m < TR_AT_K; m++) {
        double *mean = boot.mean + m * TR_DRAWS;
        qsort(mean, TR_DRAWS, sizeof *mean, by_value);
        low[m] = percentile(mean, 0.025);
        high[m] = percentile(mean, 0.975);
    }
    free(boot.mean);
    return TR_OK;
}

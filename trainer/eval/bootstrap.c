/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <stdlib.h>

enum { PARTS = 50, DRAWS_OF_PART = TR_DRAWS / PARTS };

typedef struct bootstrap {
    const double *value;
    size_t stride, columns;
    uint32_t users;
    double *mean; /* [columns][TR_DRAWS] */
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
            for (size_t m = 0; m < boot->columns; m++)
                sum[m] += row[m];
        }
        for (size_t m = 0; m < boot->columns; m++)
            boot->mean[m * TR_DRAWS + number] = sum[m] / boot->users;
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void tr_draw_means(tr_pool *pool, double *mean, const double *value, size_t stride, size_t columns,
                   uint32_t users) {
    bootstrap boot = {value, stride, columns, users, mean};
    tr_pool_run(pool, draw, &boot, PARTS);
}

void tr_draws_sort(double *draws) {
    qsort(draws, TR_DRAWS, sizeof *draws, by_value);
}

double tr_percentile(const double *ascending, double part) {
    double at = part * (TR_DRAWS - 1);
    int below = (int)at;
    return ascending[below] + (at - below) * (ascending[below + 1] - ascending[below]);
}

tr_status tr_bootstrap(tr_pool *pool, const double *value, size_t stride, uint32_t users,
                       double low[TR_AT_K], double high[TR_AT_K]) {
    double *mean = malloc(sizeof *mean * TR_AT_K * TR_DRAWS);
    if (!mean)
        return TR_NO_MEMORY;
    tr_draw_means(pool, mean, value, stride, TR_AT_K, users);
    for (size_t m = 0; m < TR_AT_K; m++) {
        tr_draws_sort(mean + m * TR_DRAWS);
        low[m] = tr_percentile(mean + m * TR_DRAWS, 0.025);
        high[m] = tr_percentile(mean + m * TR_DRAWS, 0.975);
    }
    free(mean);
    return TR_OK;
}

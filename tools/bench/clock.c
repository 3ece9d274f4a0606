/* SPDX-License-Identifier: MIT */
#include "bench/bench.h"

#include <stdlib.h>
#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec now = {0, 0};
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_seconds(void) {
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *sample, size_t count) {
    qsort(sample, count, sizeof *sample, ascending);
    return count ? sample[count / 2] : 0.0;
}

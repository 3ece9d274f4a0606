/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include "twotower.h"

/* Processor time of this thread in seconds: other programs do not count.  Floors and ratios to
 * them. */
double bench_seconds(void);
/* Seconds of a clock on the wall, as other programs' benchmarks take them. */
double bench_wall(void);
/* The middle of the samples, which are sorted; 0 without any. */
double bench_median(double *sample, size_t count);

/* What both measure with. */
typedef struct bench_settings {
    const tt_kernels *kernels;
    const char *kernel; /* their name, for the result */
    uint64_t rounds;    /* times that each row is embedded, or each query runs */
} bench_settings;

/* Prints nanoseconds per embedded row beside the floor of this machine. */
typedef struct bench_core_settings {
    bench_settings how;
    const char *model;   /* an ONNX file */
    const char *rows;    /* PREFIX of .off, .idx and .val */
    const char *batches; /* rows embedded in one call: "1,64" */
    tt_tower tower;
} bench_core_settings;
int bench_core(const bench_core_settings *settings);

/* Prints milliseconds of an exact top-K beside those of reading the same bytes. */
typedef struct bench_topk_settings {
    bench_settings how;
    uint64_t rows, dim, k;
} bench_topk_settings;
int bench_topk(const bench_topk_settings *settings);

/* Rows read from PREFIX.off, .idx and .val as features of one bag without numerics. */
typedef struct bench_rows {
    tt_features *row;
    size_t count;
    tt_entry *_entry;
} bench_rows;

/* Entries are sorted by index. Fails with TW_IO, or TW_INPUT: an index of `features` or more, or
 * one that a row gives twice, and files whose sizes do not fit together. */
int bench_rows_read(bench_rows *rows, const char *prefix, uint32_t features);
void bench_rows_free(bench_rows *rows);

#endif

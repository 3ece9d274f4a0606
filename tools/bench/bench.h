/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include "program/options.h"
#include "twotower.h"

/* Processor time of this thread in seconds: other programs do not count.  Floors and ratios to
 * them. */
double bench_seconds(void);
/* Seconds of a clock on the wall, as other programs' benchmarks take them. */
double bench_wall(void);
/* The middle of the samples, which are sorted; 0 without any. */
double bench_median(double *sample, size_t count);

int bench_core(const arguments *arguments);
int bench_topk(const arguments *arguments);

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

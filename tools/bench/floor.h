/* SPDX-License-Identifier: MIT */
/*
 * What a row of an embedding cannot do without: bytes of the table and of the
 * dense weights, and multiply-adds.  The floor of a batch is the time to read
 * these bytes into registers, and then the time of as many multiplications and
 * additions between registers, at the width of the machine (AVX2 where it has
 * it).  Converting halves, finding zeros, biases, norms and stores are not in it.
 */
#ifndef TOOLS_BENCH_FLOOR_H
#define TOOLS_BENCH_FLOOR_H

#include "twotower.h"

typedef struct floor_work {
    const tt_tower_view *tower;
    double weight_bytes; /* of all dense layers */
    double used_bytes;   /* of the dense weights whose input is not 0, per row */
    double dense_adds;   /* multiply-adds with these, per row */
} floor_work;

/* Counts, by embedding `rows` rows in plain arithmetic. */
void floor_count(floor_work *work, const tt_model *model, tt_tower tower, const tt_features *row,
                 size_t rows);

typedef struct floor_time {
    double table, dense, adds; /* seconds */
} floor_time;

/* Measures the floor of rows that are embedded `batch` at a time.  A batch reads the
 * dense weights once, a batch of one only those that it uses. */
floor_time floor_measure(const floor_work *work, const tt_features *row, size_t rows, size_t batch);

/* Seconds to read `bytes` bytes into registers. */
double floor_read(const void *at, size_t bytes);

/* Queries [many][dim], many a multiple of 16, in the order that floor_product wants. */
void floor_pack(float *packed, const float *queries, size_t many, size_t dim);

/* out [count][many] = rows [count][dim] times the packed queries, in float32 with
 * fused multiply-adds where the machine has them, blocked for its registers. */
void floor_product(float *out, const float *rows, size_t count, const float *packed, size_t many,
                   size_t dim);

#endif

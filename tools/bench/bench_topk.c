/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "bench/bench.h"
#include "bench/floor.h"

#include <stdlib.h>
#include <string.h>

/* Queries of a batch; calls with one of them in a round; rows of a catalogue part that the product
 * is measured on. */
enum { QUERIES = 64, PART = 1200, QUERY_CALLS = 8 };

typedef struct catalogue {
    tt_rows rows;
    uint8_t *half;
    float *single; /* the same rows */
    float *query;  /* [QUERIES][dim] */
    size_t k;
    tt_hit *hits; /* [QUERIES][k] */
    void *scratch;
    float *packed, *product;
} catalogue;

/* Values between -1 and 1 of a fixed sequence (Knuth's MMIX generator). */
static float draw(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (float)((int32_t)(*state >> 40) - (1 << 23)) / (float)(1 << 23);
}

static void make(catalogue *all, size_t rows, uint32_t dim, size_t k) {
    uint64_t state = 1;
    all->half = xmalloc(rows * dim * 2);
    all->single = xmalloc(rows * dim * sizeof(float));
    all->query = xmalloc((size_t)QUERIES * dim * sizeof(float));
    for (size_t i = 0; i < rows * dim; i++) {
        uint16_t half = tt_half_from_float(draw(&state) / 8);
        all->half[2 * i] = (uint8_t)half;
        all->half[2 * i + 1] = (uint8_t)(half >> 8);
        all->single[i] = tt_half_to_float(half);
    }
    for (size_t i = 0; i < (size_t)QUERIES * dim; i++)
        all->query[i] = draw(&state) / 8;
    all->rows = (tt_rows){all->half, rows, dim, TT_F16};
    all->k = k;
    all->hits = xmalloc(QUERIES * k * sizeof *all->hits + 1);
    all->scratch = xmalloc(tt_topk_batch_size(&all->rows));
    all->packed = xmalloc((size_t)QUERIES * dim * sizeof(float));
    all->product = xmalloc((size_t)PART * QUERIES * sizeof(float));
    floor_pack(all->packed, all->query, QUERIES, dim);
}

static void catalogue_free(catalogue *all) {
    free(all->half);
    free(all->single);
    free(all->query);
    free(all->hits);
    free(all->scratch);
    free(all->packed);
    free(all->product);
}

/* Seconds of one call: the least processor time, and the medians on the wall. */
typedef struct times {
    double single, read, batch, product, single_wall, batch_wall;
} times;

static double one_query(const catalogue *all, const tt_kernels *kernels, size_t q) {
    double start = bench_seconds();
    tt_topk(kernels, &all->rows, all->query + q * all->rows.dim, NULL, 0, all->hits, all->k);
    return bench_seconds() - start;
}

static double all_queries(const catalogue *all, const tt_kernels *kernels) {
    tt_query query[QUERIES];
    double start = bench_seconds();
    for (size_t q = 0; q < QUERIES; q++)
        query[q] = (tt_query){
            .vector = all->query + q * all->rows.dim, .hits = all->hits + q * all->k, .k = all->k};
    tt_topk_batch(kernels, &all->rows, query, QUERIES, all->scratch);
    return bench_seconds() - start;
}

static double all_products(const catalogue *all) {
    double start = bench_seconds();
    for (size_t at = 0; at < all->rows.count; at += PART) {
        size_t n = all->rows.count - at < PART ? all->rows.count - at : PART;
        floor_product(all->product, all->single + at * all->rows.dim, n, all->packed, QUERIES,
                      all->rows.dim);
    }
    return bench_seconds() - start;
}

static void keep_least(double *best, double found) {
    *best = found < *best ? found : *best;
}

/* In turn, so that a machine that others use is equally slow for all. */
static int measure(const catalogue *all, const tt_kernels *kernels, uint64_t rounds, times *best) {
    double *single = xcalloc(rounds, QUERY_CALLS * sizeof *single);
    double *batch = xcalloc(rounds, sizeof *batch);
    size_t singles = 0, batches = 0;
    int status = 0;
    *best = (times){1e9, 1e9, 1e9, 1e9, 0, 0};
    for (uint64_t round = 0; !status && round < rounds; round++) {
        for (size_t q = 0; q < QUERY_CALLS; q++) {
            double start = bench_wall();
            keep_least(&best->single, one_query(all, kernels, q));
            single[singles++] = bench_wall() - start;
            keep_least(&best->read, floor_read(all->half, all->rows.count * all->rows.dim * 2));
        }
        double start = bench_wall();
        keep_least(&best->batch, all_queries(all, kernels));
        batch[batches++] = bench_wall() - start;
        keep_least(&best->product, all_products(all));
        status = interrupted();
    }
    best->single_wall = bench_median(single, singles);
    best->batch_wall = bench_median(batch, batches);
    free(single);
    free(batch);
    return status;
}

int bench_topk(const bench_topk_settings *of) {
    const uint64_t rows = of->rows, dim = of->dim, k = of->k, rounds = of->how.rounds;
    catalogue all = {0};
    times best;
    if (rows < 1 || rows > 100000000 || dim < 1 || dim > 65536 || k < 1 || k > rows || rounds < 1)
        return fail(TW_USAGE, "expected are 1 to 100000000 rows, 1 to 65536 dimensions, k from 1 "
                              "to the rows, and 1 round or more");
    make(&all, (size_t)rows, (uint32_t)dim, (size_t)k);
    int status = measure(&all, of->how.kernels, rounds, &best);
    catalogue_free(&all);
    if (status)
        return status;
    result_line("one query   %8.3f ms  reading the same bytes  %8.3f ms  ratio %.2f",
                best.single * 1e3, best.read * 1e3, best.single / best.read);
    result_line("%d queries  %8.3f ms  blocked float32 product %8.3f ms  ratio %.2f", QUERIES,
                best.batch * 1e3, best.product * 1e3, best.batch / best.product);
    if (!json_wanted())
        return result_flush();
    return result_json(json_pack(
        "{s:s, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "kernel", of->how.kernel,
        "rows", (json_int_t)rows, "dim", (json_int_t)dim, "k", (json_int_t)k, "single_ms",
        best.single * 1e3, "read_ms", best.read * 1e3, "single_ratio", best.single / best.read,
        "batch_64_ms", best.batch * 1e3, "product_64_ms", best.product * 1e3, "batch_ratio",
        best.batch / best.product, "single_wall_ms", best.single_wall * 1e3, "batch_64_wall_ms",
        best.batch_wall * 1e3));
}

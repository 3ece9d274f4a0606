/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "bench/bench.h"
#include "bench/floor.h"
#include "serving/model_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows that are embedded, and their floor measured, one straight after the other: a
 * machine that others use is then equally slow for both. */
enum { SLICE = 512, COUNTED = 256 };

typedef struct job {
    model_file file;
    void *packed;
    const tt_kernels *kernels;
    tt_tower tower;
    bench_rows rows;
    floor_work work;
    float *out;
    uint64_t digest;
} job;

/* Nanoseconds per row: processor time, and the median of what each slice took on the wall. */
typedef struct times {
    double ours, table, dense, adds, wall;
    double *sample; /* [samples] */
    size_t samples, capacity;
} times;

/* FNV-1a (Fowler, Noll, Vo) of 64 bits over the little-endian bytes of the outputs. */
static uint64_t digest(uint64_t hash, const float *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &out[i], sizeof bits);
        for (int b = 0; b < 4; b++)
            hash = (hash ^ (bits >> 8 * b & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static int embed(job *work, size_t first, size_t rows, size_t batch, void *scratch, size_t size) {
    const size_t dim = tt_model_dim(&work->file.model);
    for (size_t at = 0; at < rows; at += batch) {
        size_t failed = 0, n = rows - at < batch ? rows - at : batch;
        tt_status status =
            tt_embed(&(tt_embedder){&work->file.model, work->kernels, work->tower, scratch, size},
                     work->rows.row + first + at, n, work->out + at * dim, &failed);
        if (status != TT_OK)
            return fail(TW_INPUT, "row %zu cannot be embedded: %s", first + at + failed,
                        tt_status_text(status));
    }
    return 0;
}

static double least(double a, double b) {
    return a < b ? a : b;
}

/* The best of `rounds` for one slice, added to the sums. */
static int measure_slice(job *work, size_t first, size_t rows, size_t batch, uint64_t rounds,
                         times *sum) {
    size_t size = tt_scratch_size(&work->file.model, work->tower, batch);
    void *scratch = xmalloc(size);
    times best = {.ours = 1e9, .table = 1e9, .dense = 1e9, .adds = 1e9};
    int status = 0;
    for (uint64_t round = 0; !status && round < rounds; round++) {
        double start = bench_seconds(), wall = bench_wall();
        status = embed(work, first, rows, batch, scratch, size);
        sum->sample = xgrow(sum->sample, sum->samples, &sum->capacity, sizeof *sum->sample);
        sum->sample[sum->samples++] = (bench_wall() - wall) / (double)rows;
        best.ours = least(best.ours, bench_seconds() - start);
        floor_time floor = floor_measure(&work->work, work->rows.row + first, rows, batch);
        best.table = least(best.table, floor.table);
        best.dense = least(best.dense, floor.dense);
        best.adds = least(best.adds, floor.adds);
        if (!status)
            status = interrupted();
    }
    sum->ours += best.ours;
    sum->table += best.table;
    sum->dense += best.dense;
    sum->adds += best.adds;
    work->digest = digest(work->digest, work->out, rows * tt_model_dim(&work->file.model));
    free(scratch);
    return status;
}

static int measure(job *work, size_t batch, uint64_t rounds, times *found) {
    *found = (times){0};
    work->digest = UINT64_C(0xcbf29ce484222325);
    int status = 0;
    for (size_t first = 0; !status && first < work->rows.count; first += SLICE) {
        size_t rows = work->rows.count - first < SLICE ? work->rows.count - first : SLICE;
        status = measure_slice(work, first, rows, batch, rounds, found);
    }
    double scale = 1e9 / (double)work->rows.count;
    found->ours *= scale;
    found->table *= scale;
    found->dense *= scale;
    found->adds *= scale;
    found->wall = bench_median(found->sample, found->samples) * 1e9;
    free(found->sample);
    return status;
}

static json_t *report(const job *work, size_t batch, const times *found) {
    double floor = found->table + found->dense + found->adds;
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, work->digest);
    result_line(
        "batch %4zu  %8.0f ns per row (%.0f on the wall)  floor %8.0f (table %.0f, dense weights %.0f, "
        "multiply-adds %.0f)  ratio %.2f  digest %s",
        batch, found->ours, found->wall, floor, found->table, found->dense, found->adds,
        found->ours / floor, text);
    return json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:s}", "batch", (json_int_t)batch,
                     "ns_per_row", found->ours, "wall_ns_per_row", found->wall, "floor_ns_per_row",
                     floor, "floor_table_ns", found->table, "floor_dense_ns", found->dense,
                     "floor_multiply_add_ns", found->adds, "ratio_to_floor", found->ours / floor,
                     "digest", text);
}

/* The next number of "1,64"; *at moves behind it. */
static int next_batch(const char **at, size_t *batch) {
    size_t value = 0;
    const char *start = *at;
    while (**at >= '0' && **at <= '9' && value <= 100000)
        value = value * 10 + (size_t)(*(*at)++ - '0');
    if (*at == start || value < 1 || value > 100000 || (**at && **at != ','))
        return fail(TW_USAGE,
                    "batch sizes: numbers from 1 to 100000, separated by commas, got '%.40s'",
                    start);
    *at += **at == ',';
    *batch = value;
    return 0;
}

static int run_batches(const bench_core_settings *of, job *work) {
    json_t *list = json_array();
    const char *at = of->batches;
    int status = *at ? 0 : fail(TW_USAGE, "batch sizes: a number is expected");
    while (!status && *at) {
        size_t batch = 0;
        times found;
        status = next_batch(&at, &batch);
        if (!status)
            status = measure(work, batch, of->how.rounds, &found);
        if (!status)
            json_array_append_new(list, report(work, batch, &found));
    }
    if (status || !json_wanted()) {
        json_decref(list);
        return status ? status : result_flush();
    }
    return result_json(json_pack("{s:s, s:s, s:I, s:I, s:o}", "model", work->file.path, "kernel",
                                 of->how.kernel, "rows", (json_int_t)work->rows.count,
                                 "embedding_dim", (json_int_t)tt_model_dim(&work->file.model),
                                 "batches", list));
}

static int prepare(const bench_core_settings *of, job *work) {
    tt_model *model = &work->file.model;
    if (!tt_model_has(model, work->tower))
        return fail(TW_INPUT, "%s: the model has no %s tower", work->file.path,
                    work->tower == TT_USER ? "user" : "item");
    size_t size = tt_model_pack_size(model);
    if (size > 0) {
        log_info("%zu bytes of weights stand [out][in]; they are turned before the measurement",
                 size);
        work->packed = xmalloc(size);
        if (tt_model_pack(model, work->packed, size) != TT_OK)
            return fail(TW_INPUT, "the model cannot be packed");
    }
    int status = bench_rows_read(&work->rows, of->rows, tt_model_rows(model, work->tower));
    if (status)
        return status;
    work->out = xmalloc((size_t)SLICE * tt_model_dim(model) * sizeof *work->out);
    floor_count(&work->work, model, work->tower, work->rows.row,
                work->rows.count < COUNTED ? work->rows.count : COUNTED);
    return 0;
}

int bench_core(const bench_core_settings *of) {
    job work = {.kernels = of->how.kernels, .tower = of->tower};
    int status = model_file_open(&work.file, of->model, NULL);
    if (status)
        return status;
    status = prepare(of, &work);
    if (!status)
        status = run_batches(of, &work);
    bench_rows_free(&work.rows);
    free(work.out);
    free(work.packed);
    model_file_close(&work.file);
    return status;
}

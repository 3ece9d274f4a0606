/* SPDX-License-Identifier: MIT */
/* Training steps of the plain MLP on synthetic rows of a known shape, as the
 * PyTorch peer makes them: users 4099 and items 21671 features, 512, 128, four
 * batches of 1024 pairs in transpose.
 *     mlp_bench [steps] [threads]    one JSON line */
#include "common/random.h"
#include "kernel/pages.h"
#include "mlp/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { USERS = 4099, ITEMS = 21671, HIDDEN = 512, DIM = 128, BATCH = 1024, BATCHES = 4 };

static uint64_t key;

static uint32_t below(uint32_t limit) {
    static uint64_t index;
    return (uint32_t)((tr_random(key, index++) >> 32) * limit >> 32);
}

static int compare(const void *a, const void *b) {
    uint32_t x = ((const tt_entry *)a)->row, y = ((const tt_entry *)b)->row;
    return (x > y) - (x < y);
}

/* Adds `count` distinct features of [low, high). */
static size_t pick(tt_entry *entry, size_t used, uint32_t low, uint32_t high, uint32_t count) {
    for (uint32_t n = 0; n < count; n++) {
        uint32_t row = low + below(high - low), i = 0;
        while (i < used && entry[i].row != row)
            i++;
        if (i == used)
            entry[used++] = (tt_entry){row, 1.0f};
    }
    return used;
}

static size_t make_user(tt_entry *entry) {
    size_t used = 0;
    for (uint32_t i = 0; i < 8; i++)
        entry[used++] = (tt_entry){i, 0.1f};
    used = pick(entry, used, 8, USERS, 20 + below(41));
    for (size_t i = 8; i < used; i++)
        entry[i].weight = 0.15f;
    return used;
}

/* 3 numbers, maker, label, series, about 15 tags and 3 performers. */
static size_t make_item(tt_entry *entry) {
    size_t used = 3;
    for (uint32_t i = 0; i < 3; i++)
        entry[i] = (tt_entry){i, 0.5f};
    used = pick(entry, used, 3, 2003, 1);
    used = pick(entry, used, 2003, 5003, 1);
    used = pick(entry, used, 5003, 10003, 1);
    used = pick(entry, used, 10003, 12071, 8 + below(15));
    return pick(entry, used, 12071, ITEMS, 1 + below(5));
}

static void make_rows(tr_csr *rows, size_t (*make)(tt_entry *), uint32_t constant) {
    size_t used = 0;
    rows->offset = malloc((BATCH * BATCHES + 1) * sizeof *rows->offset);
    rows->entry = malloc((size_t)BATCH * BATCHES * 80 * sizeof *rows->entry);
    if (!rows->offset || !rows->entry)
        abort();
    for (uint32_t r = 0; r < BATCH * BATCHES; r++) {
        rows->offset[r] = used;
        size_t count = make(rows->entry + used);
        qsort(rows->entry + used, count, sizeof *rows->entry, compare);
        used += count;
        rows->entry[used++] = (tt_entry){constant, 1.0f};
    }
    rows->offset[BATCH * BATCHES] = used;
}

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare_times(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double step(tr_optimiser *adam, tr_mlp *net, tr_mlp_batch *batch, float *gradient,
                   uint32_t n) {
    tr_mlp_batch_begin(batch);
    for (uint32_t i = 0; i < BATCH; i++) {
        uint32_t row = n % BATCHES * BATCH + i;
        tr_mlp_batch_pair(batch, row, row, i & 1 ? 1.0f : 0.0f, 1.0f);
    }
    if (tr_mlp_batch_end(batch) != TR_OK)
        abort();
    return tr_mlp_train_step(net, batch, adam, gradient);
}

static void run(const tr_mlp_data *set, uint32_t steps, uint32_t threads) {
    tr_pool *pool = tr_pool_create(threads);
    tr_mlp_shape shape = tr_mlp_shape_of(DIM, HIDDEN, set->features);
    float *weight = tr_table_memory(shape.count);
    float *gradient = malloc(shape.dense * sizeof *gradient);
    double *time = malloc((steps + 1) * sizeof *time), loss = 0.0, least = 1e9;
    tr_mlp net;
    tr_mlp_batch batch;
    tr_optimiser adam;
    if (!pool || !weight || !gradient || !time ||
        tr_mlp_create(&net, pool, &shape, BATCH, BATCH, TR_BCE) != TR_OK ||
        tr_mlp_batch_create(&batch, set, BATCH) != TR_OK ||
        tr_mlp_optimiser(&adam, pool, &shape, weight, steps + BATCHES, 1e-3) != TR_OK)
        abort();
    const float present[TT_TOWERS] = {48.0f, 24.0f};
    tr_mlp_shape_init(&shape, weight, 10.0f, present, 1);
    for (uint32_t n = 0; n < BATCHES + steps; n++) {
        double start = now(CLOCK_MONOTONIC), busy = now(CLOCK_PROCESS_CPUTIME_ID);
        loss = step(&adam, &net, &batch, gradient, n);
        busy = now(CLOCK_PROCESS_CPUTIME_ID) - busy;
        if (n < BATCHES)
            continue; /* memory comes about, and no row has missed a step yet */
        time[n - BATCHES] = now(CLOCK_MONOTONIC) - start;
        least = busy < least ? busy : least;
    }
    qsort(time, steps, sizeof *time, compare_times);
    printf("{\"threads\":%u,\"step_s_min\":%.4f,\"step_s_med\":%.4f,"
           "\"cpu_s_min\":%.4f,\"pairs_s_best\":%.0f,\"pairs_s_med\":%.0f,\"loss\":%.4f}\n",
           threads, time[0], time[steps / 2], least, BATCH / time[0], BATCH / time[steps / 2],
           loss);
    tr_optimiser_free(&adam);
    tr_mlp_batch_free(&batch);
    tr_mlp_free(&net);
    tr_pool_free(pool);
    free(weight);
    free(gradient);
    free(time);
}

int main(int argc, char **argv) {
    uint32_t steps = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 12;
    uint32_t threads = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
    key = tr_random_key(1, 0, TR_DRAW_INIT);
    tr_data data = {.users = BATCH * BATCHES, .items = BATCH * BATCHES};
    tr_mlp_data set = {.data = &data, .features = {USERS, ITEMS}};
    make_rows(&set.rows[TT_USER], make_user, USERS);
    make_rows(&set.rows[TT_ITEM], make_item, ITEMS);
    run(&set, steps > 0 ? steps : 1, threads);
    tr_mlp_data_free(&set);
    return 0;
}

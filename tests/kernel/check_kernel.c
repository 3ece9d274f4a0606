/* SPDX-License-Identifier: MIT */
/*
 * Every kernel of every table that this machine runs against the portable one:
 * the same bits (memcmp), nothing written outside the outputs, and inputs that
 * end where their memory ends, so that a sanitizer sees a read behind them.
 * Prints TAP; `check_kernel --bench` prints nanoseconds and ratios to the
 * portable table instead.
 */
#include "inner.h"

#include "kernel/kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    MOST = 257, /* sizes are 0 .. MOST */
    ROWS = 24,
    GUARD = 64,             /* bytes before and after the outputs */
    OUT = 2 * (MOST + ROWS) /* floats of outputs */
};

typedef enum values { PLAIN, SPARSE, TINY, HUGE_ONES, ANY, VALUES } values;
static const char *const values_name[VALUES] = {"plain", "sparse", "tiny", "huge", "any"};

/* What one call is given. */
typedef struct trial {
    size_t n, count;
    tt_type type;
    const uint8_t *weight; /* [count][n], any alignment; also the bias */
    const tt_entry *entry; /* [count] */
    const float *x, *add;  /* [n]; add may be NULL */
    int bias, relu;
    values kind;
} trial;

/* Runs a kernel into `out`, which holds values to start from; what it returns goes there too. */
typedef struct kernel_case {
    const char *name;
    tt_type type;
    void (*run)(const tt_kernels *table, const trial *given, float *out);
} kernel_case;

static void run_gather(const tt_kernels *table, const trial *given, float *out) {
    table->gather(out, given->n, given->weight, given->type, given->entry, given->count);
}

/* With the same entries as those that come next, and before all some that are only asked for. */
static void run_far(const tt_kernels *table, const trial *given, float *out) {
    if (table->gather_far == NULL) {
        run_gather(table, given, out);
        return;
    }
    table->gather_far(out, given->n, given->weight, given->type, NULL, 0, given->entry,
                      given->count);
    if (given->count > 0)
        table->gather_far(out, given->n, given->weight, given->type, given->entry, given->count,
                          given->entry, given->count / 2);
}

static void run_dots(const tt_kernels *table, const trial *given, float *out) {
    table->dots(out, given->weight, given->type, given->count, given->x, given->n);
}

static void run_far_dots(const tt_kernels *table, const trial *given, float *out) {
    if (table->dots_far == NULL)
        run_dots(table, given, out);
    else
        table->dots_far(out, given->weight, given->type, given->count, given->x, given->n,
                        ROWS * given->n * (given->type == TT_F16 ? 2 : 4));
}

/* Two rows; half of the times the weights are taken as up to KERNEL_INPUTS rows that are shorter.
 */
static void run_product(const tt_kernels *table, const trial *given, float *out) {
    static float room[KERNEL_TILE + 16];
    tt_entry entry[KERNEL_INPUTS];
    const size_t most = given->bias ? ROWS : KERNEL_INPUTS, half = given->n / 2;
    const size_t count = given->count * most / ROWS;
    kernel_product of = {.weights = given->weight,
                         .n = given->n * ROWS / most,
                         .count = count < half ? count : half,
                         .type = given->type,
                         .in = given->x,
                         .stride = half,
                         .rows = 2,
                         .tile = room + (0 - (uintptr_t)room) % 64 / sizeof *room};
    if (table->product != NULL)
        table->product(out, &of);
    for (size_t row = 0; row < of.rows && table->product == NULL; row++) {
        size_t held = table->nonzero(entry, of.in + row * half, of.count);
        table->gather(out + row * of.n, of.n, of.weights, of.type, entry, held);
    }
}

/* Estimates have other bits: where one lies as near to the dot product as promised, 1 is written.
 * Overflow and underflow are for the caller to keep away. */
static void run_estimate(const tt_kernels *table, const trial *given, float *out) {
    float exact[ROWS], square = table->squares(given->x, given->n);
    if (table->estimate != NULL)
        table->estimate(out, given->weight, given->count, given->x, given->n);
    table->dots(exact, given->weight, TT_F32, given->count, given->x, given->n);
    for (size_t r = 0; r < given->count; r++) {
        float row = 0.0f, apart = table->estimate != NULL ? out[r] - exact[r] : 0.0f;
        for (size_t i = 0; i < given->n; i++) {
            float value = tt_bits_to_float(tt_load32(given->weight + (r * given->n + i) * 4));
            row += value * value;
        }
        float most = (float)(given->n / 8 + 8) * 1.25e-7f;
        int normal = square > 1e-30f && square < 1e30f && row > 1e-30f && row < 1e30f;
        out[r] = (float)(!normal || apart * apart <= most * most * square * row);
    }
}

static void run_squares(const tt_kernels *table, const trial *given, float *out) {
    out[0] = table->squares(given->x, given->n);
}

static void run_widen(const tt_kernels *table, const trial *given, float *out) {
    table->widen((uint8_t *)out, given->weight, given->n);
}

/* The entries behind those returned are free to change, within the room. */
static void run_nonzero(const tt_kernels *table, const trial *given, float *out) {
    tt_entry *entry = (tt_entry *)(void *)out;
    size_t held = table->nonzero(entry, given->x, given->n);
    memset(entry + held, 0x55, (given->n - held) * sizeof *entry);
}

static void run_finish(const tt_kernels *table, const trial *given, float *out) {
    int finite = table->finish(out, given->n, given->bias ? given->weight : NULL, given->type,
                               given->add, given->relu);
    out[given->n] = (float)finite;
}

static const kernel_case cases[] = {{"gather of halfs", TT_F16, run_gather},
                                    {"gather of singles", TT_F32, run_gather},
                                    {"far gather of halfs", TT_F16, run_far},
                                    {"far gather of singles", TT_F32, run_far},
                                    {"dots of halfs", TT_F16, run_dots},
                                    {"dots of singles", TT_F32, run_dots},
                                    {"far dots of halfs", TT_F16, run_far_dots},
                                    {"far dots of singles", TT_F32, run_far_dots},
                                    {"product with halfs", TT_F16, run_product},
                                    {"product with singles", TT_F32, run_product},
                                    {"estimate", TT_F32, run_estimate},
                                    {"squares", TT_F32, run_squares},
                                    {"widen", TT_F16, run_widen},
                                    {"nonzero", TT_F32, run_nonzero},
                                    {"finish, bias in halfs", TT_F16, run_finish},
                                    {"finish, bias in singles", TT_F32, run_finish}};
enum { CASES = sizeof cases / sizeof *cases };

/* ---- Values ------------------------------------------------------------------------- */

static uint32_t state = 1;

static uint32_t draw(void) { /* xorshift32, George Marsaglia 2003 */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Never a NaN: its bits are not promised.  Infinities are among the huge ones. */
static uint16_t draw_half(values kind) {
    uint32_t bits = draw(), sign = bits & 0x8000;
    switch (kind) {
    case PLAIN:
        return (uint16_t)(sign | (0x3000 + (bits & 0x0fff)));
    case SPARSE: /* zeros of both signs, and few others */
        return (uint16_t)(sign | (bits >> 16 & 1 ? 0x3400 : 0));
    case TINY: /* subnormals and the smallest normals */
        return (uint16_t)(sign | (bits & 0x07ff));
    case HUGE_ONES:
        return (uint16_t)(sign | (0x7c00 - (bits & 3)));
    default:
        return (uint16_t)(sign | (bits & 0x7fff) % 0x7c01);
    }
}

static float draw_single(values kind) {
    uint32_t bits = draw(), sign = bits & 0x80000000;
    switch (kind) {
    case PLAIN:
        return tt_bits_to_float(sign | (0x3e000000 + (bits & 0x01ffffff)));
    case SPARSE:
        return tt_bits_to_float(sign | (bits & 1 ? 0x3f800000 : 0));
    case TINY:
        return tt_bits_to_float(sign | (bits & 0x00ffffff));
    case HUGE_ONES:
        return tt_bits_to_float(sign | (0x7f7fffff - (bits & 0xff)));
    default:
        return tt_bits_to_float(sign | (bits & 0x7fffffff) % 0x7f800001);
    }
}

static void *must(void *memory) {
    if (memory == NULL) {
        puts("Bail out! no memory");
        exit(1);
    }
    return memory;
}

/* `size` bytes that end where their block ends, `shift` bytes from its start. */
static uint8_t *block_new(size_t size, size_t shift, uint8_t **block) {
    *block = must(malloc(size + shift + 1));
    return *block + shift + 1;
}

static void fill(uint8_t *at, size_t count, tt_type type, values kind) {
    for (size_t i = 0; i < count; i++)
        if (type == TT_F16) {
            uint16_t half = draw_half(kind);
            memcpy(at + 2 * i, &half, sizeof half);
        } else {
            float single = draw_single(kind);
            memcpy(at + 4 * i, &single, sizeof single);
        }
}

/* ---- The check ----------------------------------------------------------------------- */

/* Runs the case into a guarded area whose outputs start `shift` floats behind the guard. */
static void run_guarded(const kernel_case *one, const tt_kernels *table, const trial *given,
                        size_t shift, uint32_t seed, uint8_t *area, size_t size) {
    float *out = (float *)(void *)(area + GUARD) + shift;
    memset(area, 0xa5, size);
    state = seed;
    for (size_t i = 0; i < given->n; i++) /* the sums to start from */
        out[i] = draw_single(given->kind);
    one->run(table, given, out);
}

/* How many floats of the area the case may write. */
static size_t written(const kernel_case *one, const trial *given) {
    if (one->run == run_dots || one->run == run_far_dots || one->run == run_estimate)
        return given->count > given->n ? given->count : given->n;
    if (one->run == run_nonzero || one->run == run_product)
        return 2 * given->n;
    return given->n + 1;
}

static int guards_whole(const uint8_t *area, size_t size, size_t from, size_t to) {
    for (size_t i = 0; i < size; i++)
        if ((i < from || i >= to) && area[i] != 0xa5)
            return 0;
    return 1;
}

/* Whether both tables write the same bytes, and only where they may. */
static int same(const kernel_case *one, const tt_kernels *table, const trial *given, size_t shift) {
    static uint8_t wanted[2 * GUARD + (OUT + 8) * sizeof(float)], got[sizeof wanted];
    uint32_t seed = draw();
    run_guarded(one, tt_kernels_c(), given, shift, seed, wanted, sizeof wanted);
    run_guarded(one, table, given, shift, seed, got, sizeof got);
    size_t from = GUARD + shift * sizeof(float);
    return memcmp(wanted, got, sizeof got) == 0 &&
           guards_whole(got, sizeof got, from, from + written(one, given) * sizeof(float));
}

/* One trial: `n` values of a kind, inputs `shift` bytes (floats: `shift` floats) off. */
static int try_one(const kernel_case *one, const tt_kernels *table, size_t n, values kind,
                   size_t shift) {
    uint8_t *weights, *xs, *adds;
    tt_entry *entry = must(malloc(ROWS * sizeof *entry));
    size_t count = draw() % (ROWS + 1), single = sizeof(float);
    trial given = {.n = n,
                   .count = count,
                   .type = one->type,
                   .bias = (int)(draw() & 1),
                   .relu = (int)(draw() & 1),
                   .kind = kind};
    size_t size = ROWS * n * (one->type == TT_F16 ? 2 : 4);
    uint8_t *weight = block_new(size, shift, &weights);
    uint8_t *x = block_new(n * single, shift * single + single - 1, &xs);
    uint8_t *add = block_new(n * single, shift * single + single - 1, &adds);
    fill(weight, ROWS * n, one->type, kind);
    fill(x, n, TT_F32, kind);
    fill(add, n, TT_F32, kind);
    for (size_t e = 0; e < count; e++) {
        entry[e].row = draw() % ROWS;
        entry[e].weight = draw_single(kind);
    }
    given.weight = weight;
    given.entry = entry;
    given.x = (const float *)(const void *)x;
    given.add = draw() & 1 ? (const float *)(const void *)add : NULL;
    int good = same(one, table, &given, shift);
    free(weights);
    free(xs);
    free(adds);
    free(entry);
    return good;
}

static int tests, failures;

static void report(int good, const char *table, const char *what) {
    tests++;
    failures += !good;
    printf("%s %d - %s: %s\n", good ? "ok" : "not ok", tests, table, what);
}

static void check(const kernel_case *one, const tt_kernels *table) {
    int good = 1;
    for (int kind = 0; good && kind < VALUES; kind++)
        for (size_t n = 0; good && n <= MOST; n++)
            for (size_t shift = 0; good && shift < 3; shift++) {
                good = try_one(one, table, n, (values)kind, shift);
                if (!good)
                    printf("# n = %zu, %s values, shift %zu\n", n, values_name[kind], shift);
            }
    report(good, table->name, one->name);
}

/* ---- The benchmark ------------------------------------------------------------------- */

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The best of 15 runs of 2,000 calls, in nanoseconds per call. */
static double measure(const kernel_case *one, const tt_kernels *table, const trial *given) {
    static float out[2 * 512];
    double best = 1e9;
    for (int run = 0; run < 15; run++) {
        memset(out, 0, sizeof out);
        double start = seconds();
        for (int call = 0; call < 2000; call++)
            one->run(table, given, out);
        double spent = (seconds() - start) / 2000;
        best = spent < best ? spent : best;
    }
    return best * 1e9;
}

static void bench(const tt_kernels *const *table, size_t tables) {
    static uint8_t weight[ROWS * 512 * 4];
    static float x[512], add[512];
    static tt_entry entry[ROWS];
    printf("512 values, %d rows in the first cache, nanoseconds per call\n", ROWS);
    for (size_t c = 0; c < CASES; c++) {
        trial given = {512, ROWS, cases[c].type, weight, entry, x, add, 1, 1, SPARSE};
        fill(weight, ROWS * 512, cases[c].type, SPARSE);
        fill((uint8_t *)x, 512, TT_F32, SPARSE);
        for (uint32_t e = 0; e < ROWS; e++)
            entry[e] = (tt_entry){e, 0.5f};
        double base = 0;
        printf("%-24s", cases[c].name);
        for (size_t t = 0; t < tables; t++)
            if (table[t] != NULL) {
                double spent = measure(&cases[c], table[t], &given);
                base = t == 0 ? spent : base;
                printf("  %s %8.1f (%.2f)", table[t]->name, spent, spent / base);
            }
        putchar('\n');
    }
}

int main(int argc, char **argv) {
    const tt_kernels *const table[] = {tt_kernels_c(),    tt_kernels_sse2(), tt_kernels_neon(),
                                       tt_kernels_wasm(), tt_kernels_avx2(), tt_kernels_avx512()};
    const size_t tables = sizeof table / sizeof *table;
    if (argc > 1) {
        if (argc > 2 || strcmp(argv[1], "--bench") != 0) {
            fputs("usage: check_kernel [--bench]\n", stderr);
            return 2;
        }
        bench(table, tables);
        return 0;
    }
    for (size_t t = 0; t < tables; t++)
        for (size_t c = 0; table[t] != NULL && c < CASES; c++)
            check(&cases[c], table[t]);
    /* Of AVX-512 and AVX2 either may be the faster. */
    const tt_kernels *widest = NULL, *best = tt_kernels_best();
    for (size_t t = 0; t < tables; t++)
        widest = table[t] != NULL ? table[t] : widest;
    report(best == widest || (widest == tt_kernels_avx512() && best == tt_kernels_avx2()), "best",
           "the widest table of this machine, or the one before it");
    printf("1..%d\n", tests);
    return failures != 0;
}

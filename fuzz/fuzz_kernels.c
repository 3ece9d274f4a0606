/* SPDX-License-Identifier: MIT */
/* Claim: every kernel table that this machine runs gives the bits of the portable one and
 * writes nothing else, for any sizes, alignments and values. */
#include <stdint.h>
#include <stdlib.h>

#include "inner.h"

#include "draw.h"
#include "kernel/kernel.h"

enum { MOST = 320, ROWS = 9, MAX_ENTRIES = 24, GUARD = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one call is given; the blocks end where their contents end. */
typedef struct call {
    uint32_t which, n, rows, count, shift;
    tt_type type;
    uint8_t *weights, *xs, *adds;
    const uint8_t *weight; /* [rows][n], any alignment */
    const float *x, *add;  /* [n] */
    tt_entry *entry;       /* [count] */
    int bias, relu, added;
} call;

static void *must(size_t size) {
    void *memory = malloc(size + 1);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* The bits of a NaN are not promised, so none is given. */
static void draw_halves(draw *from, uint8_t *to, size_t count) {
    draw_bytes(from, to, count * 2);
    for (size_t i = 0; i < count; i++) {
        if ((tt_load16(to + 2 * i) & 0x7fff) > 0x7c00) {
            to[2 * i + 1] &= 0xfb;
        }
    }
}

static void draw_singles(draw *from, void *to, size_t count) {
    uint8_t *at = to;
    draw_bytes(from, at, count * 4);
    for (size_t i = 0; i < count; i++) {
        if ((tt_load32(at + 4 * i) & 0x7fffffff) > 0x7f800000) {
            at[4 * i + 3] &= 0xbf;
        }
    }
}

static call draw_call(draw *from) {
    call made = {.which = draw_most(from, 6)};
    made.n = draw_most(from, MOST);
    made.rows = 1 + draw_most(from, ROWS - 1);
    made.count = draw_most(from, MAX_ENTRIES);
    made.shift = draw_most(from, 7);
    uint32_t bits = draw_byte(from);
    made.type = bits & 1 ? TT_F16 : TT_F32;
    made.bias = bits >> 1 & 1;
    made.relu = bits >> 2 & 1;
    made.added = bits >> 3 & 1;
    size_t weights = (size_t)made.rows * made.n, single = sizeof(float);
    size_t size = weights * (made.type == TT_F16 ? 2 : 4), lead = made.shift * single;
    made.weights = must(size + made.shift);
    made.xs = must(made.n * single + lead);
    made.adds = must(made.n * single + lead);
    made.entry = must(made.count * sizeof *made.entry);
    made.weight = made.weights + made.shift;
    made.x = (const float *)(const void *)(made.xs + lead);
    made.add = (const float *)(const void *)(made.adds + lead);
    for (uint32_t i = 0; i < made.count; i++) {
        made.entry[i].row = draw_most(from, made.rows - 1);
        draw_singles(from, &made.entry[i].weight, 1);
    }
    draw_singles(from, made.xs + lead, made.n);
    draw_singles(from, made.adds + lead, made.n);
    if (made.type == TT_F16) {
        draw_halves(from, made.weights + made.shift, weights);
    } else {
        draw_singles(from, made.weights + made.shift, weights);
    }
    return made;
}

static void call_free(call *given) {
    free(given->weights);
    free(given->xs);
    free(given->adds);
    free(given->entry);
}

/* Bytes that the call may write. */
static size_t room_of(const call *given) {
    size_t n = given->n;
    return (given->which == 1 ? given->rows : given->which == 4 ? 2 * n : n) * sizeof(float);
}

/* One row of as many inputs as there are rows of weights, or as `x` has. */
static void run_product(const tt_kernels *table, const call *given, float *out) {
    static float room[KERNEL_TILE + 16];
    tt_entry entry[ROWS];
    const kernel_product of = {.weights = given->weight,
                               .n = given->n,
                               .count = given->rows < given->n ? given->rows : given->n,
                               .type = given->type,
                               .in = given->x,
                               .rows = 1,
                               .tile = room + (0 - (uintptr_t)room) % 64 / sizeof *room};
    if (table->product != NULL) {
        table->product(out, &of);
    } else {
        size_t held = table->nonzero(entry, of.in, of.count);
        table->gather(out, of.n, of.weights, of.type, entry, held);
    }
}

/* Runs a kernel on outputs that start as `x`; what it returns follows the outputs. */
static uint32_t run(const tt_kernels *table, const call *given, uint8_t *at) {
    float *out = (float *)(void *)at;
    size_t held;
    switch (given->which) {
    case 0:
        table->gather(out, given->n, given->weight, given->type, given->entry, given->count);
        return 0;
    case 1:
        table->dots(out, given->weight, given->type, given->rows, given->x, given->n);
        return 0;
    case 2:
        return tt_float_to_bits(table->squares(given->x, given->n));
    case 3:
        if (given->type == TT_F16) {
            table->widen(at, given->weight, given->n);
        }
        return 0;
    case 4:
        held = table->nonzero((tt_entry *)(void *)out, given->x, given->n);
        /* What lies behind those returned is free to change. */
        memset(at + held * sizeof(tt_entry), 0, (given->n - held) * sizeof(tt_entry));
        return (uint32_t)held;
    case 5:
        run_product(table, given, out);
        return 0;
    default:
        return (uint32_t)table->finish(out, given->n, given->bias ? given->weight : NULL,
                                       given->type, given->added ? given->add : NULL, given->relu);
    }
}

/* A block of the outputs with guards, filled with what the sums start from. */
static uint8_t *block_new(const call *given, size_t room) {
    uint8_t *block = must(room + 2 * GUARD);
    memset(block, 0xa5, room + 2 * GUARD);
    if (given->which == 0 || given->which >= 5) {
        memcpy(block + GUARD, given->x, room);
    }
    return block;
}

static void compare(const tt_kernels *table, const call *given) {
    size_t room = room_of(given);
    uint8_t *wanted = block_new(given, room), *got = block_new(given, room);
    uint32_t first = run(tt_kernels_c(), given, wanted + GUARD);
    uint32_t second = run(table, given, got + GUARD);
    /* A sum of opposite infinities is a NaN: a finite answer of `finish` says there is none,
     * and elsewhere both tables make the processor's own. */
    if (first != second || memcmp(wanted, got, room + 2 * GUARD) != 0) {
        abort();
    }
    for (size_t i = 0; i < GUARD; i++) {
        if (got[i] != 0xa5 || got[room + GUARD + i] != 0xa5) {
            abort();
        }
    }
    free(wanted);
    free(got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const tt_kernels *const tables[] = {tt_kernels_avx2(), tt_kernels_best()};
    draw from = {data, size};
    call given = draw_call(&from);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (tables[i] != NULL && tables[i] != tt_kernels_c()) {
            compare(tables[i], &given);
        }
    }
    call_free(&given);
    return 0;
}

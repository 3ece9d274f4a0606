/* SPDX-License-Identifier: MIT */
#include "work.h"

#include "digest.h"
#include "feature/feature.h"
#include "make.h"
#include "tower/activate.h"

/* Widths, outputs and hidden layers that fill vectors, and that do not. */
static const shape shapes[] = {
    {TT_RECIPE_SHARED, PLAIN, 8, 24, 12, 300, 2000}, {TT_RECIPE_SHARED, PLAIN, 43, 70, 67, 60, 24},
    {TT_RECIPE_SHARED, PLAIN, 16, 0, 9, 120, 200},   {TT_RECIPE_SHARED, EXTREME, 5, 7, 6, 20, 40},
    {TT_RECIPE_SHARED, TINY, 19, 0, 21, 150, 60},    {TT_RECIPE_MLP, PLAIN, 0, 16, 8, 80, 400},
    {TT_RECIPE_MLP, PLAIN, 0, 83, 133, 80, 16},      {TT_RECIPE_MLP, EXTREME, 0, 9, 11, 80, 24},
};
enum {
    SHAPES = sizeof shapes / sizeof *shapes,
    WORK_BATCH = 9, /* fewer than share weights, and more, come up */
    WORK_MOST = 160,
    WORK_OUT = 133,
    WORK_ROWS = 2000, /* of a catalogue */
    WORK_DIM = 21,
    WORK_BEST = 20,
    WORK_QUERIES = 6,
    WORK_SCRATCH = 64 * 1024,
    WORK_ENTRIES = WORK_BATCH * (WORK_MOST + 8) * 16
};

/* Everything that the work needs. */
static struct work_room {
    made file;
    tt_model model;
    tt_features row[WORK_BATCH];
    uint64_t entries[WORK_ENTRIES / sizeof(uint64_t)];
    uint64_t scratch[WORK_SCRATCH / sizeof(uint64_t)];
    float out[WORK_BATCH * WORK_OUT];
    uint8_t rows[WORK_ROWS * WORK_DIM * sizeof(float)];
    float query[WORK_QUERIES][WORK_DIM];
    tt_hit hits[WORK_QUERIES][WORK_BEST];
} room;

/* tt_model_read wants more than the rest, but not while the rest is in use. */
static uint64_t reading[TT_READ_SIZE / sizeof(uint64_t)];

/* ---- Numbers ---------------------------------------------------------------------------- */

static void digest_numbers(uint64_t *digest) {
    for (uint32_t half = 0; half < 0x10000; half += 3)
        if ((half & 0x7fff) <= 0x7c00) /* the bits of a NaN are not promised */
            digest_word(digest, tt_float_to_bits(tt_half_to_float((uint16_t)half)));
    for (uint32_t bits = 0; bits < 0x7f800000; bits += 0x0007f3a1) {
        float x = tt_bits_to_float(bits);
        digest_word(digest, tt_half_from_float(x));
        digest_word(digest, tt_float_to_bits(tt_sqrt(x)));
        digest_word(digest, tt_weight_of(bits | 1));
    }
}

/* ---- Embedding -------------------------------------------------------------------------- */

static void digest_row(uint64_t *digest, const tt_features *row, uint32_t numerics) {
    for (int bag = 0; bag < TT_MAX_BAGS; bag++) {
        digest_word(digest, row->count[bag]);
        for (uint32_t i = 0; i < row->count[bag]; i++) {
            digest_word(digest, row->entry[bag][i].row);
            digest_floats(digest, &row->entry[bag][i].weight, 1);
        }
    }
    digest_floats(digest, row->numeric, numerics);
    digest_word(digest, row->tokens_known);
    digest_word(digest, row->tokens_unknown);
}

/* Weights of bags so small that sums are subnormal. */
static void shrink(tt_features *row) {
    for (int bag = 0; bag < TT_MAX_BAGS; bag++) {
        tt_entry *entry = (tt_entry *)(uintptr_t)row->entry[bag];
        for (uint32_t i = 0; i < row->count[bag]; i++)
            entry[i].weight = tt_bits_to_float(0x0d800000 - (i << 23) % 0x04000000);
    }
}

static const char *embed_batch(const tt_kernels *kernels, const shape *of, tt_tower tower,
                               uint32_t n, uint32_t *state, uint64_t *digest) {
    const size_t each = sizeof room.entries / WORK_BATCH / sizeof(uint64_t);
    size_t failed = n;
    uint32_t numerics = tt_model_numerics(&room.model, tower);
    for (uint32_t i = 0; i < n; i++) {
        if (make_row(&room.row[i], tt_model_schema(&room.model), tower, of, state,
                     room.entries + i * each, each * sizeof(uint64_t)) != TT_OK)
            return "encode";
        digest_row(digest, &room.row[i], numerics);
        if (of->kind == TINY)
            shrink(&room.row[i]);
    }
    if (tt_scratch_size(&room.model, tower, n) > sizeof room.scratch)
        return "scratch";
    tt_status status =
        tt_embed(&(tt_embedder){&room.model, kernels, tower, room.scratch, sizeof room.scratch},
                 room.row, n, room.out, &failed);
    digest_word(digest, (uint32_t)status);
    digest_word(digest, (uint32_t)failed);
    digest_floats(digest, room.out, failed * of->out);
    if (of->kind != EXTREME && status != TT_OK && status != TT_ERR_NONFINITE)
        return tt_status_text(status);
    return NULL;
}

static const char *embed_shape(const tt_kernels *kernels, const shape *of, uint64_t *digest) {
    uint32_t state = 77 + of->out, n = 0;
    if (make_model(of, &room.file) != TT_OK)
        return "write";
    digest_bytes(digest, room.file.bytes, room.file.len);
    tt_status status =
        tt_model_read(&room.model, room.file.bytes, room.file.len, reading, sizeof reading, NULL);
    if (status != TT_OK || tt_model_verify(&room.model, NULL) != TT_OK)
        return status != TT_OK ? tt_status_text(status) : "verify";
    for (uint32_t row = 0; row < of->rows; row += n) {
        n = 1 + draw(&state) % WORK_BATCH;
        for (int t = 0; t < TT_TOWERS; t++) {
            const char *wrong = embed_batch(kernels, of, (tt_tower)t, n, &state, digest);
            if (wrong != NULL)
                return wrong;
        }
    }
    return NULL;
}

/* The first rows of the last model again, as dense features. */
static const char *embed_dense(const tt_kernels *kernels, uint64_t *digest) {
    float *dense = (float *)(void *)room.rows;
    size_t n = tt_model_features(&room.model, TT_ITEM), failed = WORK_QUERIES;
    uint32_t state = 99;
    for (size_t i = 0; i < WORK_QUERIES * n; i++) {
        uint32_t bits = draw(&state);
        dense[i] = tt_bits_to_float(bits % 8 ? 0 : (bits & 0x80000000) | (bits >> 4) % 0x40000000);
    }
    tt_status status = tt_embed_dense(
        &(tt_embedder){&room.model, kernels, TT_ITEM, room.scratch, sizeof room.scratch}, dense,
        WORK_QUERIES, room.out, &failed);
    digest_word(digest, (uint32_t)status);
    digest_floats(digest, room.out, failed * tt_model_dim(&room.model));
    return status == TT_OK || status == TT_ERR_NONFINITE ? NULL : tt_status_text(status);
}

/* ---- Ranking ---------------------------------------------------------------------------- */

/* Rows and queries: ordinary, subnormal, or large enough to overflow. */
static void make_catalogue(tt_rows *rows, weights kind, tt_type type) {
    static const uint32_t least[] = {0x3c000000, 0x00000001, 0x7e000000};
    static const uint32_t range[] = {0x03000000, 0x00ffffff, 0x01700000};
    uint32_t state = 4 + (uint32_t)type;
    rows->data = room.rows;
    rows->count = type == TT_F16 ? WORK_ROWS : WORK_ROWS / 4;
    rows->dim = WORK_DIM;
    rows->type = type;
    for (size_t i = 0; i < rows->count * WORK_DIM; i++) {
        uint32_t bits = draw(&state), half = bits & 0x8000;
        uint32_t sign = bits & 0x80000000;
        half |= kind == PLAIN ? 0x2c00 + (bits & 0x0fff) : kind == TINY ? bits & 0x03ff : 0x7800;
        if (type == TT_F16) {
            room.rows[2 * i] = (uint8_t)half;
            room.rows[2 * i + 1] = (uint8_t)(half >> 8);
        } else {
            tt_store32(room.rows + 4 * i, sign | (least[kind] + bits % range[kind]));
        }
    }
    for (int q = 0; q < WORK_QUERIES; q++)
        for (int i = 0; i < WORK_DIM; i++) {
            uint32_t bits = draw(&state), from = kind == TINY ? 0x01000000 : least[kind];
            room.query[q][i] = tt_bits_to_float((bits & 0x80000000) | (from + bits % range[kind]));
        }
}

static void rank_catalogue(const tt_kernels *kernels, const tt_rows *rows, uint64_t *digest) {
    uint32_t excluded[] = {0, 7, 11, 300, 301};
    tt_query query[WORK_QUERIES] = {{0}};
    for (size_t q = 0; q < WORK_QUERIES; q++) {
        query[q].vector = room.query[q];
        query[q].excluded = excluded;
        query[q].excluded_count = q % 6;
        query[q].hits = room.hits[q];
        query[q].k = WORK_BEST;
    }
    tt_topk_batch(kernels, rows, query, WORK_QUERIES, room.scratch);
    for (size_t q = 0; q < WORK_QUERIES; q++) {
        digest_word(digest, (uint32_t)query[q].held);
        for (size_t i = 0; i < query[q].held; i++) {
            digest_word(digest, room.hits[q][i].index);
            digest_floats(digest, &room.hits[q][i].score, 1);
        }
    }
    size_t held = tt_topk(kernels, rows, room.query[0], NULL, 0, room.hits[0], WORK_BEST);
    for (size_t i = 0; i < held; i++)
        digest_word(digest, room.hits[0][i].index);
    float score = tt_dot(kernels, rows, room.query[0], 5);
    if (tt_finite(score))
        digest_floats(digest, &score, 1);
}

const char *bits_work(const tt_kernels *kernels, uint64_t *digest) {
    tt_rows rows;
    *digest = DIGEST_START;
    digest_numbers(digest);
    for (int s = 0; s < SHAPES; s++) {
        const char *wrong = embed_shape(kernels, &shapes[s], digest);
        if (wrong != NULL)
            return wrong;
    }
    const char *wrong = embed_dense(kernels, digest);
    for (int kind = PLAIN; kind <= EXTREME; kind++) {
        make_catalogue(&rows, (weights)kind, TT_F16);
        rank_catalogue(kernels, &rows, digest);
        make_catalogue(&rows, (weights)kind, TT_F32);
        rank_catalogue(kernels, &rows, digest);
    }
    return wrong;
}

uint64_t bits_activations(void) {
    uint64_t digest = 0;
#ifndef TT_SMALL
    digest = DIGEST_START;
    for (int which = TT_RELU; which <= TT_GELU; which++) {
        tt_layer layer = {._activation = (uint8_t)which, ._bound = 0.1f};
        for (uint32_t bits = 0; bits < 0x7f800000; bits += 0x0013f3a1) {
            float x[2] = {tt_bits_to_float(bits), tt_bits_to_float(bits | 0x80000000)};
            tt_activate(&layer, x, 2);
            digest_floats(&digest, x, 2);
        }
    }
#endif
    return digest;
}

/* SPDX-License-Identifier: MIT */
/* Embedding: against a reference in double, and bit for bit between its forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

#include <stdlib.h>

enum {
    ROWS = 50,
    WIDTH = 20,
    HIDDEN = 700, /* more than one chunk of activations */
    OUT = 13,
    NUMERICS = 3,
    IN = 3 * WIDTH + NUMERICS,
    FEATURES = 3 * ROWS + NUMERICS,
    BATCH = 6
};

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n) {
    seed = seed * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static float random_value(void) {
    return ((float)random_below(2001) - 1000.0f) / 2048.0f;
}

/* Weights as they stand in a file, and their values. */
typedef struct matrix {
    uint8_t bytes[FEATURES * HIDDEN * 4 + 1];
    double value[FEATURES * HIDDEN];
    tt_type type;
} matrix;

enum { TABLE, FIRST, FIRST_BIAS, SECOND, SECOND_BIAS, SKIP, SKIP_BIAS, MATRICES };
static matrix weights[MATRICES];

static void set_weight(matrix *to, size_t i, float value) {
    size_t size = to->type == TT_F16 ? 2 : 4;
    uint32_t bits = to->type == TT_F16 ? tt_half_from_float(value) : tt_float_to_bits(value);
    for (size_t b = 0; b < size; b++)
        to->bytes[1 + i * size + b] = (uint8_t)(bits >> (8 * b)); /* odd addresses */
    to->value[i] =
        (double)(to->type == TT_F16 ? tt_half_to_float((uint16_t)bits) : tt_bits_to_float(bits));
}

static const uint8_t *fill(int which, tt_type type, size_t count, float scale) {
    weights[which].type = type;
    for (size_t i = 0; i < count; i++)
        set_weight(&weights[which], i, random_value() * scale);
    return weights[which].bytes + 1;
}

/* User tower: first (ReLU) -> second, skip + second.  Item tower: one layer. */
static tt_model make_model(tt_type type) {
    tt_model model = {0};
    const uint8_t *table = fill(TABLE, type, ROWS * WIDTH, 1);
    model._out = OUT;
    const uint8_t *first = fill(FIRST, type, IN * HIDDEN, 0.5f);
    const uint8_t *first_bias = fill(FIRST_BIAS, type, HIDDEN, 1);
    const uint8_t *second = fill(SECOND, type, HIDDEN * OUT, 0.1f);
    const uint8_t *second_bias = fill(SECOND_BIAS, type, OUT, 1);
    const uint8_t *skip = fill(SKIP, type, IN * OUT, 1);
    const uint8_t *skip_bias = fill(SKIP_BIAS, type, OUT, 1);
    tt_tower_view *user = &model._tower[TT_USER], *item = &model._tower[TT_ITEM];
    *item = (tt_tower_view){._present = 1,
                            ._table = table,
                            ._table_type = type,
                            ._rows = ROWS,
                            ._width = WIDTH,
                            ._bags = 1,
                            ._numerics = NUMERICS,
                            ._layers = 1};
    *user = *item;
    user->_bags = user->_layers = 3;
    user->_layer[0] = (tt_layer){first, first_bias, type, type, IN, HIDDEN, -1, -1, TT_RELU, 0, 0};
    user->_layer[1] =
        (tt_layer){second, second_bias, type, type, HIDDEN, OUT, 0, -1, TT_LINEAR, 0, 0};
    user->_layer[2] = (tt_layer){skip, skip_bias, type, type, IN, OUT, -1, 1, TT_LINEAR, 0, 0};
    item->_layer[0] =
        (tt_layer){skip, skip_bias, type, type, WIDTH + NUMERICS, OUT, -1, -1, TT_LINEAR, 0, 0};
    return model;
}

static void make_row(tt_features *row, tt_entry (*entry)[ROWS], float *dense, uint32_t bags) {
    memset(row, 0, sizeof *row);
    for (uint32_t bag = 0; bag < bags; bag++) {
        row->entry[bag] = entry[bag];
        for (uint32_t r = 0; r < ROWS; r++) {
            dense[bag * ROWS + r] = 0;
            if (random_below(3))
                continue;
            float weight = random_below(9) ? random_value() * 4 : 0.0f; /* zeros too */
            entry[bag][row->count[bag]++] = (tt_entry){r, weight};
            dense[bag * ROWS + r] = weight;
        }
    }
    for (uint32_t i = 0; i < NUMERICS; i++)
        dense[bags * ROWS + i] = row->numeric[i] = random_below(4) ? random_value() : 0.0f;
}

/* The rows of a batch in both forms. */
static tt_entry entries[BATCH][TT_MAX_BAGS][ROWS];
static tt_features sparse[BATCH];
static float dense[BATCH * FEATURES];

static void make_rows(tt_tower tower) {
    uint32_t bags = tower == TT_USER ? 3 : 1;
    for (size_t i = 0; i < BATCH; i++)
        make_row(&sparse[i], entries[i], dense + i * (bags * ROWS + NUMERICS), bags);
}

static void multiply(double *out, size_t n, const double *in, size_t count, int weight, int bias) {
    for (size_t j = 0; j < n; j++) {
        out[j] = weights[bias].value[j];
        for (size_t i = 0; i < count; i++)
            out[j] += in[i] * weights[weight].value[i * n + j];
    }
}

static void reference(tt_tower tower, const float *features, double *out) {
    static double z[IN], hidden[HIDDEN], second[OUT];
    size_t bags = tower == TT_USER ? 3 : 1;
    for (size_t i = 0; i < bags * WIDTH; i++) {
        z[i] = 0;
        for (size_t r = 0; r < ROWS; r++)
            z[i] += (double)features[i / WIDTH * ROWS + r] *
                    weights[TABLE].value[r * WIDTH + i % WIDTH];
    }
    for (size_t i = 0; i < NUMERICS; i++)
        z[bags * WIDTH + i] = (double)features[bags * ROWS + i];
    multiply(out, OUT, z, bags * WIDTH + NUMERICS, SKIP, SKIP_BIAS);
    if (tower == TT_USER) {
        multiply(hidden, HIDDEN, z, IN, FIRST, FIRST_BIAS);
        for (size_t i = 0; i < HIDDEN; i++)
            hidden[i] = hidden[i] > 0 ? hidden[i] : 0;
        multiply(second, OUT, hidden, HIDDEN, SECOND, SECOND_BIAS);
        for (size_t i = 0; i < OUT; i++)
            out[i] += second[i];
    }
    double squares = 0, norm = 1;
    for (size_t i = 0; i < OUT; i++)
        squares += out[i] * out[i];
    for (int i = 0; i < 60; i++) /* Newton */
        norm = (norm + squares / norm) / 2;
    for (size_t i = 0; i < OUT; i++)
        out[i] /= norm;
}

/* Scratch of exactly the size asked for, with known bytes after it. */
static uint8_t *make_scratch(size_t size) {
    uint8_t *scratch = malloc(size + 16);
    assert_non_null(scratch);
    memset(scratch, 0x5a, size + 16);
    return scratch;
}

static void free_scratch(uint8_t *scratch, size_t size) {
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(scratch[size + i], 0x5a);
    free(scratch);
}

static tt_status embed(const tt_model *model, tt_tower tower, const tt_features *rows, size_t batch,
                       float *out, size_t *failed) {
    size_t size = tt_scratch_size(model, tower, batch);
    uint8_t *scratch = make_scratch(size);
    tt_status status = tt_embed(&(tt_embedder){model, tt_kernels_c(), tower, scratch, size}, rows,
                                batch, out, failed);
    free_scratch(scratch, size);
    return status;
}

static tt_status embed_dense(const tt_model *model, tt_tower tower, const float *rows, size_t batch,
                             float *out, size_t *failed) {
    size_t size = tt_scratch_size(model, tower, batch);
    uint8_t *scratch = make_scratch(size);
    tt_status status = tt_embed_dense(&(tt_embedder){model, tt_kernels_c(), tower, scratch, size},
                                      rows, batch, out, failed);
    free_scratch(scratch, size);
    return status;
}

static void it_agrees_with_double(void **state) {
    (void)state;
    for (int round = 0; round < 8; round++) {
        tt_tower tower = round & 1 ? TT_ITEM : TT_USER;
        tt_model model = make_model(round & 2 ? TT_F32 : TT_F16);
        float out[BATCH * OUT];
        double right[OUT];
        make_rows(tower);
        assert_int_equal(embed(&model, tower, sparse, BATCH, out, NULL), TT_OK);
        for (size_t i = 0; i < BATCH; i++) {
            reference(tower, dense + i * tt_model_features(&model, tower), right);
            for (size_t j = 0; j < OUT; j++)
                assert_float_equal(out[i * OUT + j], (float)right[j], 2e-6f);
        }
    }
}

static void sparse_and_dense_have_the_same_bits(void **state) {
    (void)state;
    for (int round = 0; round < 8; round++) {
        tt_tower tower = round & 1 ? TT_ITEM : TT_USER;
        tt_model model = make_model(round & 2 ? TT_F32 : TT_F16);
        float a[BATCH * OUT], b[BATCH * OUT];
        make_rows(tower);
        assert_int_equal(embed(&model, tower, sparse, BATCH, a, NULL), TT_OK);
        assert_int_equal(embed_dense(&model, tower, dense, BATCH, b, NULL), TT_OK);
        assert_memory_equal(a, b, sizeof a);
    }
}

static void a_row_does_not_depend_on_its_batch(void **state) {
    tt_model model = make_model(TT_F16);
    float batch[BATCH * OUT], one[OUT];
    (void)state;
    make_rows(TT_USER);
    assert_int_equal(embed(&model, TT_USER, sparse, BATCH, batch, NULL), TT_OK);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(embed(&model, TT_USER, &sparse[i], 1, one, NULL), TT_OK);
        assert_memory_equal(one, batch + i * OUT, sizeof one);
    }
}

/* More rows than pass through the layers together, with every table of kernels. */
static void blocks_and_kernels_change_no_bit(void **state) {
    enum { ROWS_GIVEN = 75, BAD = 70 };
    static float batch[ROWS_GIVEN * OUT], one[OUT];
    static tt_features many[ROWS_GIVEN];
    static const tt_entry outside[] = {{ROWS, 1.0f}};
    const tt_kernels *kernels[] = {tt_kernels_c(), tt_kernels_best()};
    (void)state;
    for (int round = 0; round < 4; round++) {
        tt_model model = make_model(round & 1 ? TT_F32 : TT_F16);
        size_t size = tt_scratch_size(&model, TT_USER, ROWS_GIVEN), failed = 0;
        uint8_t *scratch = make_scratch(size);
        make_rows(TT_USER);
        for (size_t i = 0; i < ROWS_GIVEN; i++)
            many[i] = sparse[i * i % BATCH];
        assert_int_equal(
            tt_embed(&(tt_embedder){&model, kernels[round / 2], TT_USER, scratch, size}, many,
                     ROWS_GIVEN, batch, NULL),
            TT_OK);
        for (size_t i = 0; i < ROWS_GIVEN; i++) {
            assert_int_equal(embed(&model, TT_USER, &many[i], 1, one, NULL), TT_OK);
            assert_memory_equal(one, batch + i * OUT, sizeof one);
        }
        many[BAD].entry[0] = outside;
        many[BAD].count[0] = 1;
        memset(batch, 0, sizeof batch);
        assert_int_equal(
            tt_embed(&(tt_embedder){&model, kernels[round / 2], TT_USER, scratch, size}, many,
                     ROWS_GIVEN, batch, &failed),
            TT_ERR_FEATURES);
        assert_int_equal(failed, BAD);
        assert_int_equal(embed(&model, TT_USER, &many[BAD - 1], 1, one, NULL), TT_OK);
        assert_memory_equal(one, batch + (BAD - 1) * OUT, sizeof one);
        free_scratch(scratch, size);
    }
}

#if defined(__SSE__)
/* Subnormal on the way, and a host that flushes them and rounds up. */
static void the_mode_of_the_host_changes_no_bit(void **state) {
    tt_model model = make_model(TT_F32);
    float right[OUT], out[OUT];
    const unsigned flush = 0x8040, up = 0x4000;
    (void)state;
    make_rows(TT_ITEM);
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        set_weight(&weights[TABLE], i, (float)weights[TABLE].value[i] * 1e-38f);
    for (size_t i = 0; i < OUT; i++)
        set_weight(&weights[SKIP_BIAS], i, 0);
    for (size_t i = 0; i < NUMERICS; i++)
        sparse[0].numeric[i] = 0;
    for (uint32_t i = 0; i < sparse[0].count[0]; i++)
        entries[0][0][i].weight *= 1e-3f;
    for (size_t i = 0; i < IN * OUT; i++)
        set_weight(&weights[SKIP], i, (float)weights[SKIP].value[i] * 1e38f);
    assert_int_equal(embed(&model, TT_ITEM, sparse, 1, right, NULL), TT_OK);
    unsigned mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode | flush | up);
    tt_status status = embed(&model, TT_ITEM, sparse, 1, out, NULL);
    unsigned left = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(mode);
    assert_int_equal(status, TT_OK);
    assert_memory_equal(out, right, sizeof out);
    assert_int_equal(left & (flush | up), flush | up);
}
#else
static void the_mode_of_the_host_changes_no_bit(void **state) {
    (void)state;
    skip();
}
#endif

/* ---- Refusals ----------------------------------------------------------------------------- */

/* Row 2 of the batch is refused in both forms; the rows before it are embedded. */
static void assert_fails(const tt_model *model, tt_tower tower, tt_status right) {
    float out[BATCH * OUT] = {0};
    size_t failed = 99;
    assert_int_equal(embed(model, tower, sparse, BATCH, out, &failed), right);
    assert_int_equal(failed, 2);
    assert_true(out[OUT] != 0 || out[OUT + 1] != 0);
    for (size_t j = 2 * OUT; j < BATCH * OUT; j++)
        assert_true(out[j] == 0);
}

static void wrong_features_are_refused(void **state) {
    const float infinity = tt_bits_to_float(0x7f800000), nan = tt_bits_to_float(0x7fc00000);
    tt_model model = make_model(TT_F16);
    static tt_entry one[4];
    (void)state;
    for (int wrong = 0; wrong < 8; wrong++) {
        tt_tower tower = wrong == 7 ? TT_ITEM : TT_USER;
        make_rows(tower);
        tt_features *row = &sparse[2];
        memcpy(one, (tt_entry[]){{1, 1}, {3, 1}, {4, 1}, {ROWS - 1, 1}}, sizeof one);
        row->entry[1] = one;
        row->count[1] = 4;
        if (wrong == 0)
            one[3].row = ROWS;
        if (wrong == 1)
            one[1].row = 1;
        if (wrong == 2)
            one[2].row = 2;
        if (wrong == 3)
            one[0].weight = infinity;
        if (wrong == 4)
            one[3].weight = nan;
        if (wrong == 5)
            row->numeric[0] = nan;
        if (wrong == 6)
            row->numeric[NUMERICS - 1] = -infinity;
        assert_fails(&model, tower, TT_ERR_FEATURES); /* 7: an item tower has one bag */
    }
    make_rows(TT_USER);
    for (size_t i = 0; i < FEATURES; i += FEATURES - 1) {
        float out[BATCH * OUT], held = dense[i];
        size_t failed = 99;
        dense[2 * FEATURES + i] = nan;
        assert_int_equal(embed_dense(&model, TT_USER, dense, BATCH, out, &failed), TT_ERR_FEATURES);
        assert_int_equal(failed, 2);
        dense[2 * FEATURES + i] = held;
    }
}

/* A weight of the table that is not finite reaches only the rows that use it,
 * and ReLU does not hide it. */
static void a_nan_is_never_an_embedding(void **state) {
    static const uint32_t wrong[] = {0x7f800000, 0xff800000, 0x7fc00000};
    (void)state;
    for (int type = 0; type < 2; type++)
        for (int w = 0; w < 3; w++) {
            tt_model model = make_model(type ? TT_F16 : TT_F32);
            make_rows(TT_USER);
            for (size_t i = 0; i < BATCH; i++)
                for (uint32_t e = 0; e < sparse[i].count[0]; e++)
                    if (entries[i][0][e].row == 7)
                        entries[i][0][e].weight = 0;
            memset(sparse[2].count, 0, sizeof sparse[2].count);
            entries[2][0][0] = (tt_entry){7, 0.25f};
            sparse[2].count[0] = 1;
            for (size_t i = 0; i < BATCH; i++)
                for (uint32_t bag = 1; bag < 3; bag++)
                    sparse[i].count[bag] = 0;
            set_weight(&weights[TABLE], 7 * WIDTH + 5, tt_bits_to_float(wrong[w]));
            for (size_t i = 0; i < IN * OUT; i++) /* only the hidden layer sees it */
                set_weight(&weights[SKIP], i, 0);
            assert_fails(&model, TT_USER, TT_ERR_NONFINITE);
        }
}

/* -inf before ReLU would be 0 after it. */
static void relu_hides_no_overflow(void **state) {
    tt_model model = make_model(TT_F32);
    (void)state;
    make_rows(TT_USER);
    for (size_t i = 0; i < BATCH; i++)
        sparse[i].numeric[0] = i == 2 ? 1000.0f : 0.001f;
    set_weight(&weights[FIRST], (IN - NUMERICS) * HIDDEN, -3e38f);
    assert_fails(&model, TT_USER, TT_ERR_NONFINITE);
}

static void overflow_and_no_length_are_refused(void **state) {
    tt_model model = make_model(TT_F32);
    (void)state;
    make_rows(TT_ITEM);
    entries[2][0][0] = (tt_entry){0, 3e38f};
    sparse[2].count[0] = 1;
    assert_fails(&model, TT_ITEM, TT_ERR_NONFINITE);
    for (size_t j = 0; j < OUT; j++)
        set_weight(&weights[SKIP_BIAS], j, 0);
    sparse[2].count[0] = 0;
    memset(sparse[2].numeric, 0, sizeof sparse[2].numeric);
    assert_fails(&model, TT_ITEM, TT_ERR_NONFINITE);
}

static void towers_and_scratch_must_be_there(void **state) {
    tt_model model = make_model(TT_F16);
    static float scratch[100000];
    float out[OUT];
    size_t size = tt_scratch_size(&model, TT_USER, 1);
    (void)state;
    make_rows(TT_USER);
    assert_true(size <= sizeof scratch);
    assert_int_equal(tt_embed(&(tt_embedder){&model, tt_kernels_c(), TT_USER, scratch, size - 1},
                              sparse, 1, out, NULL),
                     TT_ERR_SPACE);
    model._tower[TT_USER]._present = 0;
    assert_int_equal(tt_embed(&(tt_embedder){&model, tt_kernels_c(), TT_USER, scratch, size},
                              sparse, 1, out, NULL),
                     TT_ERR_TOWER);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_agrees_with_double),
        cmocka_unit_test(sparse_and_dense_have_the_same_bits),
        cmocka_unit_test(a_row_does_not_depend_on_its_batch),
        cmocka_unit_test(blocks_and_kernels_change_no_bit),
        cmocka_unit_test(the_mode_of_the_host_changes_no_bit),
        cmocka_unit_test(wrong_features_are_refused),
        cmocka_unit_test(a_nan_is_never_an_embedding),
        cmocka_unit_test(relu_hides_no_overflow),
        cmocka_unit_test(overflow_and_no_length_are_refused),
        cmocka_unit_test(towers_and_scratch_must_be_there),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

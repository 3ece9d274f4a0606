/* SPDX-License-Identifier: MIT */
/*
 * One small MLP in the forms of many exporters: each must give the bits of the
 * plain form.  Activations must be near those of libm.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "onnx_forms.h"
#include "twotower.h"

static uint8_t bytes[8192], scratch[400000];

/* Packed weights give the same bits; `out` is what they gave before. */
static void embed_packed(tt_model *model, const float *row, const float *out) {
    float room[1024], again[2];
    size_t size = tt_model_pack_size(model);
    char *memory = malloc(size + 1);
    assert_non_null(memory);
    memory[size] = 'x';
    if (size > 0) {
        assert_int_equal(tt_model_pack(model, memory, size - 1), TT_ERR_SPACE);
    }
    assert_int_equal(tt_model_pack(model, memory, size), TT_OK);
    assert_int_equal(memory[size], 'x');
    assert_int_equal(tt_model_pack_size(model), 0);
    assert_int_equal(tt_model_verify(model, NULL), TT_OK);
    assert_int_equal(
        tt_embed_dense(&(tt_embedder){model, tt_kernels_c(), TT_ITEM, room, sizeof room}, row, 1,
                       again, NULL),
        TT_OK);
    assert_memory_equal(again, out, sizeof again);
    free(memory);
}

/* The embedding of `row` by the text; 0 if it is refused. */
static int embed(const char *text, const float *row, float *out) {
    struct coder coder = {text, bytes, 0, SIZE_MAX};
    tt_model model;
    tt_error error = {TT_OK, 0, 0};
    float room[1024];
    put_fields(&coder);
    assert_true(tt_model_read_size() <= sizeof scratch);
    if (tt_model_read(&model, bytes, coder.len, scratch, sizeof scratch, &error) != TT_OK) {
        print_message("%s, node %u\n", tt_status_text(error.status), error.node);
        return 0;
    }
    assert_int_equal(tt_model_features(&model, TT_ITEM), 3);
    assert_true(tt_scratch_size(&model, TT_ITEM, 1) <= sizeof room);
    assert_int_equal(
        tt_embed_dense(&(tt_embedder){&model, tt_kernels_c(), TT_ITEM, room, sizeof room}, row, 1,
                       out, NULL),
        TT_OK);
    embed_packed(&model, row, out);
    return 1;
}

static const float rows[][3] = {{1, 0, 0.5f}, {-0.3f, 2, 0.25f}, {0, 0, -1}, {0.1f, 0.2f, 0.3f}};

static void every_form_gives_the_same_bits(void **state) {
    float wanted[2], got[2];
    char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        form_text(text, sizeof text, i);
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            assert_true(embed(base, rows[r], wanted));
            if (!embed(text, rows[r], got) || memcmp(got, wanted, sizeof got) != 0) {
                fail_msg("form %zu, row %zu: %g %g, wanted %g %g", i, r, (double)got[0],
                         (double)got[1], (double)wanted[0], (double)wanted[1]);
            }
        }
    }
}

/* What would be another graph's numbers is refused. */
static void forms_that_mean_something_else(void **state) {
#define RANK_3 "11{ 1\"item_features\" 2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:1 } 1{ 1:3 } } } } } "
#define FLAT NODE1("Flatten", "item_features", "f", "")
#define CUBE(name, bits) \
    "1{ 4\"Constant\" 2\"" name "\" 5{ 1\"value\" 5{ 1:1 1:1 1:1 2:1 9<" bits "> } 20:4 } } "
    static const struct {
        const char *input, *old, *new;
        tt_status status;
    } cases[] = {
        {RANK_3, FIRST, FIRST, TT_ERR_SHAPE},
        {RANK_3, FIRST, FLAT FIRST, TT_ERR_SHAPE},
        {RANK_3, FIRST,
         FLAT NODE1("Cast", "item_features", "x", INT("to", "1"))
             NODE3("Gemm", "x", "w", "b", "h", ""),
         TT_ERR_SHAPE},
        {RANK_3, FIRST,
         FLAT NODE1("Concat", "item_features", "x", INT("axis", "1"))
             NODE3("Gemm", "x", "w", "b", "h", ""),
         TT_ERR_SHAPE},
        {INPUT, NORM,
         NODE1("ReduceL2", "o", "n0", INTS("axes", "1")) NODE1("Shape", "item_features", "s", "")
             NODE2("Expand", "n0", "s", "n", ""),
         TT_ERR_SHAPE},
        {INPUT, NORM,
         NODE1("ReduceL2", "o", "n0", INTS("axes", "1"))
             LIST64("s", "01000000000000000300000000000000") NODE2("Expand", "n0", "s", "n", ""),
         TT_ERR_SHAPE},
        {INPUT, NORM,
         NODE2("Mul", "o", "o", "q", "") INT64("axis", "0100000000000000")
             NODE2("ReduceSum", "q", "axis", "q1", "") CUBE("half", "0000003f")
                 NODE2("Pow", "q1", "half", "n", ""),
         TT_ERR_GRAPH},
        {INPUT, NORM,
         NODE1("ReduceL2", "o", "n0", INTS("axes", "1")) CUBE("e", "cbcc8c2b")
             NODE2("Max", "n0", "e", "n", ""),
         TT_ERR_GRAPH},
        {INPUT, ACTIVE, CUBE("zero", "00000000") NODE2("Clip", "h", "zero", "r", ""), TT_ERR_GRAPH},
    };
    char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(text, base, sizeof base);
        replace(text, sizeof text, INPUT, cases[i].input);
        replace(text, sizeof text, cases[i].old, cases[i].new);
        struct coder coder = {text, bytes, 0, SIZE_MAX};
        tt_model model;
        put_fields(&coder);
        tt_status status = tt_model_read(&model, bytes, coder.len, scratch, sizeof scratch, NULL);
        if (status != cases[i].status) {
            fail_msg("form %zu: %s", i, tt_status_text(status));
        }
    }
}

/* Two inputs side by side, without names that say which tower. */
static void two_inputs_are_one_row(void **state) {
    char text[4096];
    float wanted[2], got[2];
    (void)state;
    memcpy(text, base, sizeof base);
    replace(text, sizeof text, INPUT,
            "11{ 1\"left\" " SHAPE("1") "} 11{ 1\"right\" " SHAPE("2") "} ");
    replace(text, sizeof text, FIRST,
            NODE2("Concat", "left", "right", "x", INT("axis", "-1"))
                NODE3("Gemm", "x", "w", "b", "h", ""));
    assert_true(embed(base, rows[1], wanted) && embed(text, rows[1], got));
    assert_memory_equal(got, wanted, sizeof got);
}

/* Norms that grow, inverses, and no norm: near what float64 gives. */
static void norms_are_near_those_of_libm(void **state) {
#define SUM \
    NODE2("Mul", "o", "o", "q", "") \
    INT64("axis", "0100000000000000") NODE2("ReduceSum", "q", "axis", "s", "")
#define FLAT_SUM \
    NODE2("Mul", "o", "o", "q", "") \
    INT64("axis", "0100000000000000") NODE2("ReduceSum", "q", "axis", "s", INT("keepdims", "0"))
#define QUARTER SCALAR("e", "0000803e")
    static const struct {
        const char *old, *new;
        double inside, beside; /* norm = sqrt(sum + inside) + beside; beside < 0: none */
    } cases[] = {
        {NORM, SUM NODE1("Sqrt", "s", "n", ""), 0, 0},
        {NORM, SUM QUARTER NODE2("Add", "s", "e", "t", "") NODE1("Sqrt", "t", "n", ""), 0.25, 0},
        {NORM, SUM QUARTER NODE2("Add", "e", "s", "t", "") NODE1("Sqrt", "t", "n", ""), 0.25, 0},
        {NORM, SUM QUARTER NODE1("Sqrt", "s", "t", "") NODE2("Add", "t", "e", "n", ""), 0, 0.25},
        {NORM DIV,
         SUM NODE1("Sqrt", "s", "t", "") NODE1("Reciprocal", "t", "i", "")
             NODE2("Mul", "o", "i", "unit", ""),
         0, 0},
        {NORM DIV,
         SUM SCALAR("one", "0000803f") NODE1("Sqrt", "s", "t", "") NODE2("Div", "one", "t", "i", "")
             NODE2("Mul", "i", "o", "unit", ""),
         0, 0},
        {NORM DIV,
         SUM SCALAR("p", "000000bf") NODE2("Pow", "s", "p", "i", "")
             NODE2("Mul", "o", "i", "unit", ""),
         0, 0},
        {NORM, FLAT_SUM NODE1("Sqrt", "s", "t", "") NODE2("Unsqueeze", "t", "axis", "n", ""), 0, 0},
        {NORM, FLAT_SUM NODE2("Unsqueeze", "s", "axis", "t", "") NODE1("Sqrt", "t", "n", ""), 0, 0},
        {NORM,
         SUM SCALAR("e", "0ad7233c") NODE2("Max", "s", "e", "t", "") NODE1("Sqrt", "t", "n", ""), 0,
         0},
        {DIV, NODE1("Identity", "o", "unit", ""), 0, -1},
    };
    char text[4096], plain[4096];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        float y[2], got[2];
        memcpy(text, base, sizeof base);
        memcpy(plain, base, sizeof base);
        replace(plain, sizeof plain, DIV, NODE1("Identity", "o", "unit", ""));
        replace(text, sizeof text, cases[i].old, cases[i].new);
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            assert_true(embed(plain, rows[r], y) && embed(text, rows[r], got));
            double a = (double)y[0], b = (double)y[1];
            double norm = sqrt(a * a + b * b + cases[i].inside) + cases[i].beside;
            norm = cases[i].beside < 0 ? 1 : norm;
            assert_true(fabs(a / norm - (double)got[0]) <= 1e-6 * fabs(a));
            assert_true(fabs(b / norm - (double)got[1]) <= 1e-6 * fabs(b));
        }
    }
}

static double relu6(double x) {
    return x > 6 ? 6 : x > 0 ? x : 0;
}
static double leaky(double x) {
    return x > 0 ? x : 0.01 * x;
}
static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}
static double silu(double x) {
    return x / (1 + exp(-x));
}
static double gelu(double x) {
    return x * (1 + erf(x / sqrt(2))) / 2;
}

static void activations_are_near_those_of_libm(void **state) {
    double (*const values[ACTIVATIONS])(double) = {relu6, leaky, sigmoid, tanh, silu, gelu, gelu};
    char text[4096];
    (void)state;
    for (size_t i = 0; i < ACTIVATIONS; i++) {
        memcpy(text, base, sizeof base);
        replace(text, sizeof text, ACTIVE, activations[i]);
        for (int step = -400; step <= 400; step++) {
            const float row[3] = {(float)step / 16, (float)step / -7, 0.5f};
            double h0 = row[0] - row[1] + 3.0 * row[2] + 0.5;
            double h1 = 2.0 * row[0] + 0.5 * row[1] - 2.0 * row[2] - 0.25;
            double r0 = values[i](h0), r1 = values[i](h1);
            double o0 = r0 + 2 * r1 + 0.25, o1 = -r0 + r1 + 1, norm = sqrt(o0 * o0 + o1 * o1);
            float got[2];
            assert_true(embed(text, row, got));
            if (fabs(got[0] - o0 / norm) > 2e-6 || fabs(got[1] - o1 / norm) > 2e-6) {
                fail_msg("activation %zu at %g %g: %.9g %.9g, wanted %.9g %.9g", i, h0, h1,
                         (double)got[0], (double)got[1], o0 / norm, o1 / norm);
            }
        }
    }
}

/* What is no number or too large refuses its row, after every activation and by every kernel. */
static void activations_of_what_is_not_finite_refuse_the_row(void **state) {
    /* Sums that overflow, to infinity and to infinity less infinity; what is no finite feature. */
    const float odd[][3] = {{3e38f, 3e38f, 3e38f}, {-3e38f, 0, -3e38f}, {0, -3e38f, 3e38f},
                            {(float)NAN, 1, 0},    {0, INFINITY, 0},    {0, 1, -INFINITY}};
    const tt_kernels *const kernels[] = {tt_kernels_c(), tt_kernels_best()};
    char text[4096];
    (void)state;
    for (size_t i = 0; i < 2 * 6 * ACTIVATIONS; i++) {
        memcpy(text, base, sizeof base);
        replace(text, sizeof text, ACTIVE, activations[i / 12]);
        struct coder coder = {text, bytes, 0, SIZE_MAX};
        tt_model model;
        float room[1024], out[2];
        put_fields(&coder);
        assert_int_equal(tt_model_read(&model, bytes, coder.len, scratch, sizeof scratch, NULL),
                         TT_OK);
        tt_embedder embedder = {&model, kernels[i % 2], TT_ITEM, room, sizeof room};
        tt_status wanted = i / 2 % 6 < 3 ? TT_ERR_NONFINITE : TT_ERR_FEATURES;
        assert_int_equal(tt_embed_dense(&embedder, odd[i / 2 % 6], 1, out, NULL), wanted);
    }
}

/* Forms of small operators, damaged: read safely or refused. */
static void no_damaged_byte_leads_outside(void **state) {
    static const uint8_t masks[] = {0x01, 0x08, 0x80, 0xff};
    static const char gelu_nodes[] = SCALAR("root", "f304b53f") NODE2("Div", "h", "root", "x", "")
        NODE1("Erf", "x", "e", "") SCALAR("one", "0000803f") NODE2("Add", "e", "one", "e1", "")
            NODE2("Mul", "h", "e1", "g", "") SCALAR("half", "0000003f")
                NODE2("Mul", "g", "half", "r", "");
    static const char norm_nodes[] =
        NODE2("Mul", "o", "o", "q", "") INT64("axis", "0100000000000000")
            NODE2("ReduceSum", "q", "axis", "q1", "") NODE1("Sqrt", "q1", "n", "");
    char text[4096];
    (void)state;
    memcpy(text, base, sizeof base);
    replace(text, sizeof text, ACTIVE, gelu_nodes);
    replace(text, sizeof text, NORM, norm_nodes);
    struct coder coder = {text, bytes, 0, SIZE_MAX};
    put_fields(&coder);
    for (size_t at = 0; at <= coder.len * sizeof masks; at++) {
        size_t place = at / sizeof masks, len = at % sizeof masks == 0 ? place : coder.len;
        uint8_t *copy = malloc(len + 1); /* a cut, or a changed byte */
        assert_non_null(copy);
        memcpy(copy, bytes, len);
        if (place < len) {
            copy[place] ^= masks[at % sizeof masks];
        }
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        tt_text op, name;
        tt_status status = tt_model_read(&model, copy, len, scratch, sizeof scratch, &error);
        if (status == TT_OK) {
            float out[2], room[1024];
            status = tt_embed_dense(
                &(tt_embedder){&model, tt_kernels_c(), TT_ITEM, room,
                               tt_model_dim(&model) == 2 && tt_model_features(&model, TT_ITEM) == 3
                                   ? sizeof room
                                   : 0},
                rows[0], 1, out, NULL);
        } else {
            assert_true(error.status == status && error.offset <= len);
            tt_error_place(&error, copy, len, &op, &name);
        }
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_gives_the_same_bits),
        cmocka_unit_test(forms_that_mean_something_else),
        cmocka_unit_test(two_inputs_are_one_row),
        cmocka_unit_test(no_damaged_byte_leads_outside),
        cmocka_unit_test(norms_are_near_those_of_libm),
        cmocka_unit_test(activations_are_near_those_of_libm),
        cmocka_unit_test(activations_of_what_is_not_finite_refuse_the_row),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Foreign and damaged ONNX files: forms that are read, and each refusal by its status,
 * offset and node (onnx_tower.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "onnx_tower.h"

/* Reads the text with `old` replaced by `new`. */
static tt_status read_text(const char *old, const char *new, tt_model *model, tt_error *error,
                           size_t *mark) {
    size_t len;
    uint8_t *odd = tower_bytes(old, new, &len, mark), *scratch = malloc(tt_model_read_size());
    assert_non_null(scratch);
    tt_status status = tt_model_read(model, odd + 1, len, scratch, tt_model_read_size(), error);
    free(odd);
    free(scratch);
    return status;
}

/* ---- Files of other makers -------------------------------------------------------------- */

static void other_forms_are_read(void **state) {
    static const char *const cases[][2] = {
        {"7{ ", "7{ "},
        {"7{ ", "99:5 5\"unknown\" 7{ 10\"words\" 999:7 2\"name\" 13{ 1\"o\" } "},
        {"8{ 2:13 }", "8{ 1\"ai.onnx\" 2:12 } 8{ 1\"ai.onnx.ml\" 2:3 }"},
        {NORM, "1{ 4\"ReduceL2\" 1\"o\" 2\"norm\" " INTS("axes", "-1") "} "},
        {GEMM("z", "o"), "1{ 4\"MatMul\" 1\"z\" 1\"w_f\" 2\"p\" } "
                         "1{ 4\"Add\" 1\"p\" 1\"b_f\" 2\"o\" } "},
        {GEMM("z", "o"), "1{ 4\"MatMul\" 1\"z\" 1\"w_f\" 2\"p\" } "
                         "1{ 4\"Add\" 1\"b_f\" 1\"p\" 2\"o\" } "},
        {GEMM("z", "o"), GEMM("z", "p") "1{ 4\"Relu\" 1\"p\" 2\"o\" } "},
        {GEMM("z", "o"), GEMM("z", "p") GEMM("z", "q") "1{ 4\"Add\" 1\"p\" 1\"q\" 2\"o\" } "},
        {GEMM("z", "o"), GEMM("z", "p") GEMM("z", "q") "1{ 4\"Add\" 1\"q\" 1\"p\" 2\"o\" } "},
        {GEMM("z", "o"), "1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"b_f\" 2\"o\" 7\"ai.onnx\" 3\"name\" "
                         "5{ 1\"alpha\" 2=0000803f 20:1 } " INT("transB", "0") "} "},
        {BIAS, "5{ 1<02> 2:10 8\"b\" 9<003c003c> 14:0 } "},
        {BIAS, "5{ 1:1 1:2 2:10 8\"b\" 9<003c003c> } "},
        {BIAS, "5{ 1:2 2:1 8\"b\" 9<0000803f0000803f> } "},
        {GEMM("z", "o"), "1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"\" 2\"y\" } "
                         "1{ 4\"Add\" 1\"y\" 1\"b_f\" 2\"o\" } "},
        {TABLE, "5{ 1:3 1:2 2:1 8\"table\" 9<0000803f0000803f0000803f0000803f0000803f0000803f> } "},
        {INT64("zero", "0000000000000000"), INT64("zero", "fcffffffffffffff")},
        {INT64("four", "0400000000000000"), INT64("four", "ffffffffffffff7f")},
        {INT64("axis", "0100000000000000"), INT64("axis", "ffffffffffffffff")},
        {"1{ 2\"N\" } 1{ 1:4 }", "1{ 1:8 } 1{ 1:4 }"},
        {OUTPUT, "12{ 1\"unit\" 2{ 1{ 1:1 } } } "},
        /* Of these no embedding is made. */
        {OUTPUT, "11{ " INFO("user_features", "4") OUTPUT},
        {OUTPUT, "11{ 1\"ids\" 2{ 1{ 1:7 } } } " OUTPUT},
        {BIAS, BIAS "5{ 1:2 2:6 8\"more\" 5<0102> } 5{ 1:2 2:1 8\"far\" 14:1 } "},
        {BIAS, BIAS "5{ 1:1 2:7 8\"more\" 7<0102> } "},
        {OUTPUT, "1{ 4\"MatMul\" 1\"item_features\" 1\"w\" 2\"score\" } " OUTPUT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        size_t mark;
        tt_status status = read_text(cases[i][0], cases[i][1], &model, &error, &mark);
        if (status != TT_OK) {
            print_message("case %zu: status %d at %zu, node %u\n", i, (int)status, error.offset,
                          error.node);
        }
        assert_int_equal(status, TT_OK);
        assert_true(tt_model_has(&model, TT_ITEM) && !tt_model_has(&model, TT_USER));
        assert_int_equal(tt_model_features(&model, TT_ITEM), 4);
        assert_int_equal(tt_model_dim(&model), 2);
    }
}

/* ---- What is refused -------------------------------------------------------------------- */

static void refused(const struct refusal *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        size_t mark;
        tt_status status = read_text(cases[i].old, cases[i].new, &model, &error, &mark);
        if (mark == SIZE_MAX) { /* the refusal points elsewhere */
            mark = error.offset;
        }
        if (status != cases[i].status || error.status != status || error.offset != mark ||
            error.node != cases[i].node) {
            fail_msg("%s: status %d, want %d; offset %zu, want %zu; node %u, want %u",
                     cases[i].name, (int)status, (int)cases[i].status, error.offset, mark,
                     error.node, cases[i].node);
        }
    }
}
#define REFUSED(cases) refused(cases, sizeof(cases) / sizeof(cases)[0])

static void bad_models(void **state) {
    static const struct refusal cases[] = {
        {"no ir_version", "1:8 8{", "@8{", TT_ERR_MISSING, NONE},
        {"ir_version 3", "1:8 8{", "@1:3 8{", TT_ERR_OPERATOR, NONE},
        {"two ir_versions", "1:8 8{", "1:8 @1:8 8{", TT_ERR_DUPLICATE, NONE},
        {"no opset", "1:8 8{ 2:13 }", "@1:8", TT_ERR_MISSING, NONE},
        {"opset 6", "8{ 2:13 }", "@8{ 2:6 }", TT_ERR_OPERATOR, NONE},
        {"opset 26", "8{ 2:13 }", "@8{ 2:26 }", TT_ERR_OPERATOR, NONE},
        {"opset -1", "8{ 2:13 }", "@8{ 2:-1 }", TT_ERR_OPERATOR, NONE},
        {"two opsets", "8{ 2:13 }", "8{ 2:13 } @8{ 1\"ai.onnx\" 2:12 }", TT_ERR_DUPLICATE, NONE},
        {"two graphs", "8{ 2:13 }", "8{ 2:13 } 7{ } ", TT_ERR_DUPLICATE, NONE},
        {"functions", "8{ 2:13 }", "8{ 2:13 } @25{ }", TT_ERR_EXTERNAL, NONE},
        {"training", "8{ 2:13 }", "8{ 2:13 } @20{ }", TT_ERR_EXTERNAL, NONE},
        {"one key twice", "8{ 2:13 }",
         "8{ 2:13 } 14{ 1\"k\" 2\"v\" } 14{ 1\"l\" } @14{ 1\"k\" 2\"w\" }", TT_ERR_DUPLICATE, NONE},
        {"group", "8{ 2:13 }", "8{ 2:13 } @!9b069c06!", TT_ERR_WIRE, NONE},
        {"padded varint", "8{ 2:13 }", "8{ 2:13 } @!980600! @!98068000!", TT_ERR_WIRE, NONE},
        {"varint of 11 bytes", "8{ 2:13 }", "8{ 2:13 } @!9806ffffffffffffffffffff01!", TT_ERR_WIRE,
         NONE},
        {"graph as a number", "8{ 2:13 }", "8{ 2:13 } @7:1", TT_ERR_WIRE, NONE},
    };
    (void)state;
    REFUSED(cases);
}

static void bad_tensors(void **state) {
    static const struct refusal cases[] = {
        {"external location", BIAS, "5{ 1:2 2:10 8\"b\" @14:1 } ", TT_ERR_EXTERNAL, NONE},
        {"external data", BIAS, "5{ @13{ 1\"location\" 2\"../../../etc/passwd\" } } ",
         TT_ERR_EXTERNAL, NONE},
        {"segment", BIAS, "5{ @3{ } } ", TT_ERR_EXTERNAL, NONE},
        {"int32_data", BIAS, "5{ 1:2 2:10 8\"b\" @5<003c> } ", TT_ERR_TYPE, NONE},
        {"raw too short", BIAS, "@5{ 1:2 2:10 8\"b\" 9<003c> } ", TT_ERR_SHAPE, NONE},
        {"raw too long", BIAS, "@5{ 1:2 2:10 8\"b\" 9<003c003c003c> } ", TT_ERR_SHAPE, NONE},
        {"raw odd", BIAS, "@5{ 1:2 2:10 8\"b\" 9<003c003c00> } ", TT_ERR_SHAPE, NONE},
        {"no raw", BIAS, "@5{ 1:2 2:10 8\"b\" } ", TT_ERR_MISSING, NONE},
        {"raw twice", BIAS, "5{ 1:2 2:10 8\"b\" 9<003c003c> @9<003c003c> } ", TT_ERR_DUPLICATE,
         NONE},
        {"raw and float_data", BIAS, "5{ 1:2 2:1 8\"b\" 9<003c003c> @4<003c003c> } ",
         TT_ERR_DUPLICATE, NONE},
        {"halves in float_data", BIAS, "@5{ 1:2 2:10 8\"b\" 4<003c003c> } ", TT_ERR_TYPE, NONE},
        {"float_data one by one", BIAS, "5{ 1:2 2:1 8\"b\" @4=0000803f 4=0000803f } ", TT_ERR_TYPE,
         NONE},
        {"int64_data cut", INT64("axis", "0100000000000000"), "@5{ 1:1 2:7 8\"axis\" 7<80> } ",
         TT_ERR_WIRE, NONE},
        {"int64_data of two", INT64("axis", "0100000000000000"), "@5{ 1:1 2:7 8\"axis\" 7<0102> } ",
         TT_ERR_SHAPE, NONE},
        {"no type", BIAS, "@5{ 1:2 8\"b\" 9<003c003c> } ", TT_ERR_MISSING, NONE},
        {"two types", BIAS, "5{ 1:2 2:10 @2:10 8\"b\" 9<003c003c> } ", TT_ERR_DUPLICATE, NONE},
        {"double", BIAS, "5{ 1:1 2:11 8\"b\" 9<003c003c003c003c> } ", TT_ERR_TYPE, NODE_B},
        {"type wraps to 10", BIAS, "5{ 1:2 2:4294967306 8\"b\" 9<003c003c> } ", TT_ERR_TYPE,
         NODE_B},
        {"dims 2^62", BIAS, "5{ @1:4611686018427387904 1:4 2:10 8\"b\" 9<> } ", TT_ERR_SHAPE, NONE},
        {"dims wrap to 0", BIAS, "@5{ 1:65536 1:65536 2:10 8\"b\" 9<> } ", TT_ERR_SHAPE, NONE},
        {"dims wrap to 2", BIAS, "@5{ 1:2147483647 1:2 1:3 2:10 8\"b\" 9<003c003c> } ",
         TT_ERR_SHAPE, NONE},
        {"negative dim", BIAS, "5{ @1:-1 2:10 8\"b\" 9<003c003c> } ", TT_ERR_SHAPE, NONE},
        {"zero dim", BIAS, "5{ @1:0 2:10 8\"b\" 9<> } ", TT_ERR_SHAPE, NONE},
        {"five dims", BIAS, "5{ 1:1 1:1 1:1 1:1 @1:2 2:10 8\"b\" 9<003c003c> } ", TT_ERR_SHAPE,
         NONE},
        {"packed dim cut", BIAS, "5{ @1<8280> 2:10 8\"b\" 9<003c003c> } ", TT_ERR_WIRE, NONE},
        {"no name", BIAS, "@5{ 1:2 2:10 9<003c003c> } ", TT_ERR_MISSING, NONE},
        {"one name twice", BIAS, BIAS "@" BIAS, TT_ERR_DUPLICATE, NONE},
        {"sparse initializer", BIAS, BIAS "@15{ } ", TT_ERR_EXTERNAL, NONE},
        {"bias not finite", BIAS, "5{ 1:2 2:10 8\"b\" !4a04!!003c!@!00fc! } ", TT_ERR_NONFINITE,
         NODE_GEMM},
        {"bias of three", BIAS, "5{ 1:3 2:10 8\"b\" 9<003c003c003c> } ", TT_ERR_SHAPE, NODE_GEMM},
        {"scalar bound", INT64("zero", "0000000000000000"),
         "5{ 2:7 8\"zero\" 9<0000000000000000> } ", TT_ERR_SHAPE, NODE_SLICE},
        {"bound of two", INT64("zero", "0000000000000000"),
         "5{ 1:2 2:7 8\"zero\" 9<00000000000000000000000000000000> } ", TT_ERR_SHAPE, NODE_SLICE},
        {"bound in halves", INT64("zero", "0000000000000000"), "5{ 1:1 2:10 8\"zero\" 9<0000> } ",
         TT_ERR_TYPE, NODE_SLICE},
    };
    (void)state;
    REFUSED(cases);
}

#define SUBGRAPH_OF(field) "1{ 4\"Gemm\" 2\"o\" 5{ 1\"x\" @" field " 20:5 } } "
static void bad_nodes(void **state) {
    static const struct refusal cases[] = {
        {"subgraph", GEMM("z", "o"), SUBGRAPH_OF("6{ }"), TT_ERR_EXTERNAL, NODE_GEMM},
        {"subgraphs", GEMM("z", "o"), SUBGRAPH_OF("11{ }"), TT_ERR_EXTERNAL, NODE_GEMM},
        {"sparse tensor", GEMM("z", "o"), SUBGRAPH_OF("22{ }"), TT_ERR_EXTERNAL, NODE_GEMM},
        {"function argument", GEMM("z", "o"), SUBGRAPH_OF("21\"y\""), TT_ERR_EXTERNAL, NODE_GEMM},
        {"tensor", GEMM("z", "o"), "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 2\"o\" 5{ 1\"x\" 5{ } 20:4 } } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"attribute without type", GEMM("z", "o"), "1{ 4\"Gemm\" @5{ 1\"alpha\" 2=0000803f } } ",
         TT_ERR_MISSING, NODE_GEMM},
        {"attribute without number", GEMM("z", "o"), "1{ 4\"Gemm\" @5{ 1\"alpha\" 20:1 } } ",
         TT_ERR_MISSING, NODE_GEMM},
        {"attribute of two kinds", GEMM("z", "o"),
         "1{ 4\"Gemm\" @5{ 1\"alpha\" 2=0000803f 3:1 20:1 } } ", TT_ERR_TYPE, NODE_GEMM},
        {"attribute twice", GEMM("z", "o"),
         "1{ 4\"Gemm\" " INT("transB", "0") "@" INT("transB", "0") "} ", TT_ERR_DUPLICATE,
         NODE_GEMM},
        {"unknown attribute", GEMM("z", "o"),
         "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"b_f\" 2\"o\" " INT("gamma", "0") "} ", TT_ERR_OPERATOR,
         NODE_GEMM},
        {"alpha 0.5", GEMM("z", "o"),
         "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"b_f\" 2\"o\" 5{ 1\"alpha\" 2=0000003f 20:1 } } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"transB of another shape", GEMM("z", "o"),
         "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"b_f\" 2\"o\" " INT("transB", "1") "} ", TT_ERR_SHAPE,
         NODE_GEMM},
        {"other operator", GEMM("z", "o"), "@1{ 4\"Loop\" 1\"z\" 1\"w_f\" 1\"b_f\" 2\"o\" } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"other domain", GEMM("z", "o"), "1{ 4\"Gemm\" 2\"o\" @7\"com.microsoft\" } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"overload", GEMM("z", "o"), "1{ 4\"Gemm\" 2\"o\" @8\"f\" } ", TT_ERR_EXTERNAL, NODE_GEMM},
        {"no operator", GEMM("z", "o"), "@1{ 1\"z\" 2\"o\" } ", TT_ERR_MISSING, NODE_GEMM},
        {"no output", GEMM("z", "o"), "@1{ 4\"Gemm\" 1\"z\" } ", TT_ERR_MISSING, NODE_GEMM},
        {"nine inputs", GEMM("z", "o"),
         "1{ 4\"Gemm\" 1\"z\" 1\"z\" 1\"z\" 1\"z\" 1\"z\" 1\"z\" 1\"z\" 1\"z\" @1\"z\" } ",
         TT_ERR_LIMIT, NODE_GEMM},
        {"not yet defined", GEMM("z", "o"), "@" GEMM("unit", "o"), TT_ERR_MISSING, NODE_GEMM},
        {"defined twice", GEMM("z", "o"), "@" GEMM("z", "z"), TT_ERR_DUPLICATE, NODE_GEMM},
        {"itself", GEMM("z", "o"), "@" GEMM("o", "o"), TT_ERR_MISSING, NODE_GEMM},
        {"four inputs", GEMM("z", "o"), "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 1\"\" 1\"b_f\" 2\"o\" } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"weights of another width", GEMM("z", "o"),
         "@1{ 4\"Gemm\" 1\"z\" 1\"b_f\" 1\"w_f\" 2\"o\" } ", TT_ERR_SHAPE, NODE_GEMM},
        {"half without Cast", CAST("table", "table_f") SLICE("zero", "three", "slice") BAG,
         SLICE("zero", "three", "slice") "@1{ 4\"MatMul\" 1\"slice\" 1\"table\" 2\"bag\" } ",
         TT_ERR_TYPE, NODE_BAG - 1},
        {"node as a number", GEMM("z", "o"), "@1:1 ", TT_ERR_WIRE, NONE},
        {"norm over rows", NORM,
         "@1{ 4\"ReduceL2\" 1\"o\" 2\"norm\" " INTS("axes", "0") INT("keepdims", "1") "} ",
         TT_ERR_OPERATOR, NODE_NORM},
        {"norm without keepdims", NORM DIV,
         "1{ 4\"ReduceL2\" 1\"o\" 2\"norm\" " INTS("axes", "1") INT("keepdims", "0") "} @" DIV,
         TT_ERR_SHAPE, NODE_DIV},
        {"norm over two axes", NORM,
         "@1{ 4\"ReduceL2\" 1\"o\" 2\"norm\" 5{ 1\"axes\" 8<0100> 20:7 } } ", TT_ERR_TYPE,
         NODE_NORM},
        {"norm over o", DIV, "@1{ 4\"Div\" 1\"norm\" 1\"o\" 2\"unit\" } ", TT_ERR_GRAPH, NODE_DIV},
    };
    (void)state;
    REFUSED(cases);
}

static void bad_features(void **state) {
    static const struct refusal cases[] = {
        {"slice of rows", SLICE("zero", "three", "slice"),
         "@1{ 4\"Slice\" 1\"item_features\" 1\"zero\" 1\"three\" 1\"zero\" 2\"slice\" } ",
         TT_ERR_OPERATOR, NODE_SLICE},
        {"step 2", SLICE("zero", "three", "slice"),
         "@1{ 4\"Slice\" 1\"item_features\" 1\"zero\" 1\"three\" 1\"axis\" 1\"spare\" "
         "2\"slice\" } ",
         TT_ERR_OPERATOR, NODE_SLICE},
        {"no axes", SLICE("zero", "three", "slice"),
         "@1{ 4\"Slice\" 1\"item_features\" 1\"zero\" 1\"three\" 2\"slice\" } ", TT_ERR_MISSING,
         NODE_SLICE},
        {"empty slice", SLICE("zero", "three", "slice"), "@" SLICE("three", "zero", "slice"),
         TT_ERR_SHAPE, NODE_SLICE},
        {"bag of two rows", SLICE("zero", "three", "slice") BAG,
         SLICE("zero", "spare", "slice") "@" BAG, TT_ERR_SHAPE, NODE_BAG},
        {"bag not on a row", SLICE("zero", "three", "slice") BAG,
         SLICE("axis", "four", "slice") "@" BAG, TT_ERR_SHAPE, NODE_BAG},
        {"another table", SLICE("three", "four", "number"),
         CAST("w", "w2") "@1{ 4\"MatMul\" 1\"slice\" 1\"w2\" 2\"number\" } ", TT_ERR_GRAPH,
         NODE_NUMBER + 1},
        {"numbers first", CONCAT,
         "@1{ 4\"Concat\" 1\"number\" 1\"bag\" 2\"z\" " INT("axis", "1") "} ", TT_ERR_GRAPH,
         NODE_CONCAT},
        {"bag twice", CONCAT,
         "@1{ 4\"Concat\" 1\"bag\" 1\"bag\" 1\"number\" 2\"z\" " INT("axis", "1") "} ",
         TT_ERR_GRAPH, NODE_CONCAT},
        {"side by side in rows", CONCAT,
         "@1{ 4\"Concat\" 1\"bag\" 1\"number\" 2\"z\" " INT("axis", "0") "} ", TT_ERR_OPERATOR,
         NODE_CONCAT},
        {"double input", INPUT, "@11{ 1\"item_features\" 2{ 1{ 1:11 } } } ", TT_ERR_TYPE, NONE},
        {"half input", INPUT, "11{ 1\"item_features\" 2{ 1{ 1:10 2{ 1{ } 1{ 1:4 } } } } } ",
         TT_ERR_TYPE, NODE_BAG},
        {"input without type", INPUT, "@11{ 1\"item_features\" } ", TT_ERR_MISSING, NONE},
        {"input of one axis", INPUT, "@11{ 1\"item_features\" 2{ 1{ 1:1 2{ 1{ 1:4 } } } } } ",
         TT_ERR_SHAPE, NONE},
        {"input of any width", INPUT,
         "11{ 1\"item_features\" 2{ 1{ 1:1 2{ 1{ } 1{ 2\"F\" } } } } } ", TT_ERR_SHAPE, NODE_SLICE},
        {"input wider than its use", INPUT, "@11{ " INFO("item_features", "5"), TT_ERR_SHAPE, NONE},
        {"negative width", INPUT, "11{ 1\"item_features\" @2{ 1{ 1:1 2{ 1{ } 1{ 1:-4 } } } } } ",
         TT_ERR_SHAPE, NONE},
        {"two inputs", OUTPUT, "@11{ " INFO("item_features", "4") OUTPUT, TT_ERR_DUPLICATE, NONE},
        {"output unknown", OUTPUT, "@12{ " INFO("nothing", "2"), TT_ERR_MISSING, NONE},
        {"output wider", OUTPUT, "@12{ " INFO("unit", "3"), TT_ERR_SHAPE, NONE},
        {"output twice", OUTPUT, OUTPUT "@" OUTPUT, TT_ERR_ROLE, NONE},
        {"output in doubles", OUTPUT, "@12{ 1\"unit\" 2{ 1{ 1:11 } } } ", TT_ERR_TYPE, NONE},
        {"output without type", OUTPUT, "@12{ 1\"unit\" 2{ 1{ } } } ", TT_ERR_MISSING, NONE},
        {"output is a map", OUTPUT, "12{ 1\"unit\" @2{ 5{ } } } ", TT_ERR_TYPE, NONE},
    };
    (void)state;
    REFUSED(cases);
}

/* ---- Limits ------------------------------------------------------------------------------- */

static void limit_of(const char *piece, unsigned times, uint32_t node) {
    size_t room = times * (strlen(piece) + 8) + 8, len = 3;
    char *many = malloc(room);
    assert_non_null(many);
    memcpy(many, "7{ ", 4);
    for (unsigned i = 0; i < times; i++) {
        len += (size_t)snprintf(many + len, room - len, piece, i);
    }
    const struct refusal refusal = {piece, "7{ ", many, TT_ERR_LIMIT, node};
    refused(&refusal, 1);
    free(many);
}

static void too_many_is_a_status(void **state) {
    (void)state;
    limit_of("1{ 4\"Cast\" 1\"b\" 2\"n%u\" } ", TT_MAX_NODES + 1, TT_MAX_NODES);
    limit_of("5{ 1:1 2:10 8\"v%u\" 9<003c> } ", TT_MAX_VALUES + 1, TT_NO_NODE);
    limit_of("11{ 1\"v%u\" } ", TT_MAX_VALUES + 1, TT_NO_NODE);
    limit_of("5{ 1:1 2:10 8\"v%u\" 9<003c> } ", TT_MAX_VALUES - 9, NODE_TABLE);
}

static void too_many_layers_are_a_status(void **state) {
    char many[(TT_MAX_LAYERS + 1) * 80];
    size_t len = 0;
    (void)state;
    len += (size_t)snprintf(many, sizeof many, GEMM("z", "l0"));
    for (unsigned i = 0; i < TT_MAX_LAYERS; i++) { /* the first one joins the layer before it */
        len += (size_t)snprintf(many + len, sizeof many - len, "1{ 4\"Relu\" 1\"l%u\" 2\"l%u\" } ",
                                i, i + 1);
    }
    snprintf(many + len, sizeof many - len, "@1{ 4\"Relu\" 1\"l%u\" 2\"o\" } ",
             (unsigned)TT_MAX_LAYERS);
    const struct refusal refusal = {"layers", GEMM("z", "o"), many, TT_ERR_LIMIT,
                                    NODE_GEMM + TT_MAX_LAYERS + 1};
    refused(&refusal, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_are_read),
        cmocka_unit_test(bad_models),
        cmocka_unit_test(bad_tensors),
        cmocka_unit_test(bad_nodes),
        cmocka_unit_test(bad_features),
        cmocka_unit_test(too_many_is_a_status),
        cmocka_unit_test(too_many_layers_are_a_status),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

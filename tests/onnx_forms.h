/* SPDX-License-Identifier: MIT */
/* One small MLP as text, in the forms of many exporters: each gives the bits of the plain form
 * (tests/unit/test_onnx_forms.c), and is what fuzzing starts from (fuzz/seeds.c).  Include it
 * after cmocka.h. */
#ifndef TESTS_ONNX_FORMS_H
#define TESTS_ONNX_FORMS_H

#include "onnx_text.h"

#define INTS(name, value) "5{ 1\"" name "\" 8:" value " 20:7 } "
#define INT(name, value) "5{ 1\"" name "\" 3:" value " 20:2 } "
#define SHAPE(columns) "2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:" columns " } } } } "
#define NODE1(op, a, out, more) "1{ 4\"" op "\" 1\"" a "\" 2\"" out "\" " more "} "
#define NODE2(op, a, b, out, more) "1{ 4\"" op "\" 1\"" a "\" 1\"" b "\" 2\"" out "\" " more "} "
#define NODE3(op, a, b, c, out, more) \
    "1{ 4\"" op "\" 1\"" a "\" 1\"" b "\" 1\"" c "\" 2\"" out "\" " more "} "
#define SCALAR(name, bits) \
    "1{ 4\"Constant\" 2\"" name "\" 5{ 1\"value\" 5{ 2:1 9<" bits "> } 20:4 } } "
#define INT64(name, raw) \
    "1{ 4\"Constant\" 2\"" name "\" 5{ 1\"value\" 5{ 1:1 2:7 9<" raw "> } 20:4 } } "

#define LIST64(name, raw) \
    "1{ 4\"Constant\" 2\"" name "\" 5{ 1\"value\" 5{ 1:2 2:7 9<" raw "> } 20:4 } } "

/* w [3][2] = 1 2 -1 0.5 3 -2, b = 0.5 -0.25, v [2][2] = 1 -1 2 1, c = 0.25 1 */
#define RAW_W "9<0000803f00000040000080bf0000003f00004040000000c0> "
#define RAW_B "<0000003f000080be> "
#define W "5{ 1:3 1:2 2:1 8\"w\" " RAW_W "} "
#define B "5{ 1:2 2:1 8\"b\" 9" RAW_B "} "
#define V "5{ 1:2 1:2 2:1 8\"v\" 9<0000803f000080bf000000400000803f> } "
#define FIRST NODE3("Gemm", "item_features", "w", "b", "h", "")
#define ACTIVE NODE1("Relu", "h", "r", "")
#define SECOND NODE3("Gemm", "r", "v", "c", "o", "")
#define NORM NODE1("ReduceL2", "o", "n", INTS("axes", "-1"))
#define NORM2 NODE1("ReduceL2", "o", "n0", INTS("axes", "-1"))
#define DIV NODE2("Div", "o", "n", "unit", "")
#define INPUT "11{ 1\"item_features\" " SHAPE("3") "} "
#define OUTPUT "12{ 1\"unit\" " SHAPE("2") "} "

static const char base[] = "1:8 8{ 2:13 } 7{ " FIRST ACTIVE SECOND NORM DIV W B V
                           "5{ 1:2 2:1 8\"c\" 9<0000803e0000803f> } " INPUT OUTPUT "} ";

/* Replaces `old` by `new` in the text. */
static void replace(char *text, size_t room, const char *old, const char *new) {
    char *at = strstr(text, old);
    assert_non_null(at);
    size_t rest = strlen(at + strlen(old)) + 1;
    assert_true((size_t)(at - text) + strlen(new) + rest <= room);
    memmove(at + strlen(new), at + strlen(old), rest);
    memcpy(at, new, strlen(new));
}

/* A piece of the base, and what stands for it in the form. */
static const char *const forms[][2] = {
    {W, "5{ 1:3 1:2 2:1 8\"w\" 4<0000803f00000040000080bf0000003f00004040000000c0> } "},
    {W, "5{ 1:2 1:3 2:1 8\"t\" 9<0000803f000080bf00004040000000400000003f000000c0> } "},
    {FIRST, NODE2("MatMul", "item_features", "w", "p", "") NODE2("Add", "b", "p", "h", "")},
    {FIRST, NODE3("Gemm", "item_features", "w", "", "p", "") NODE2("Add", "p", "b", "h", "")},
    {INPUT, "11{ 1\"item_features\" 2{ 1{ 1:1 2{ 1{ 1:0 } 1{ 2\"F\" } } } } } "},
    {FIRST, INT64("s", "ffffffffffffffff") NODE2("Reshape", "b", "s", "b1", "")
                NODE3("Gemm", "item_features", "w", "b1", "h", "")},
    {FIRST, LIST64("s", "0100000000000000ffffffffffffffff") NODE2("Reshape", "b", "s", "b1", "")
                NODE3("Gemm", "item_features", "w", "b1", "h", "")},
    {FIRST, "1{ 4\"Constant\" 2\"s\" 5{ 1\"value_ints\" 8:2 20:7 } } " NODE2(
                "Reshape", "b", "s", "b1", "") NODE3("Gemm", "item_features", "w", "b1", "h", "")},
    {NORM, NORM2 "1{ 4\"Constant\" 2\"e\" 5{ 1\"value_float\" 2=cbcc8c2b 20:1 } } " NODE2(
               "Clip", "n0", "e", "n", "")},
    {NORM, NORM2 "1{ 4\"Constant\" 2\"e\" 5{ 1\"value_floats\" 7<cbcc8c2b> 20:6 } } " NODE2(
               "Clip", "n0", "e", "n", "")},
    {NORM, NORM2 "1{ 4\"Constant\" 2\"e\" 5{ 1\"value_floats\" 7=cbcc8c2b 20:6 } } " NODE2(
               "Clip", "n0", "e", "n", "")},
    {FIRST, NODE1("Flatten", "item_features", "f", INT("axis", "1"))
                NODE3("Gemm", "f", "w", "b", "h", "")},
    {FIRST, INT64("s", "0000000000000000") "1{ 4\"Constant\" 2\"t\" 5{ 1\"value\" 5{ 1:2 2:7 "
                                           "7<00ffffffffffffffffff01> } 20:4 } } " NODE2(
                                               "Reshape", "item_features", "t", "f", "")
                                               NODE3("Gemm", "f", "w", "b", "h", "")},
    {ACTIVE, NODE1("Relu", "h", "r0", "") NODE1("Dropout", "r0", "r", "")},
    {ACTIVE, NODE1("Identity", "h", "h0", "") NODE1("Relu", "h0", "r", "")},
    {ACTIVE, SCALAR("zero", "00000000") NODE2("Clip", "h", "zero", "r", "")},
    {SECOND, NODE1("Transpose", "v", "vt", "5{ 1\"perm\" 8<0100> 20:7 } ")
                 NODE3("Gemm", "r", "vt", "c", "o", INT("transB", "1"))},
    {NORM, NODE1("ReduceL2", "o", "n0", INTS("axes", "1") INT("keepdims", "1"))
               SCALAR("e", "cbcc8c2b") NODE2("Clip", "n0", "e", "n1", "")
                   NODE1("Shape", "o", "s", "") NODE2("Expand", "n1", "s", "n", "")},
    {NORM, NODE2("Mul", "o", "o", "q", "") INT64("axis", "0100000000000000")
               NODE2("ReduceSum", "q", "axis", "q1", "") NODE1("Sqrt", "q1", "n", "")},
    {NORM, NODE1("Abs", "o", "a", "") SCALAR("two", "00000040") NODE2("Pow", "a", "two", "q", "")
               INT64("axis", "ffffffffffffffff") NODE2("ReduceSum", "q", "axis", "q1", "")
                   SCALAR("half", "0000003f") NODE2("Pow", "q1", "half", "n", "")},
    {NORM, NODE1("ReduceSumSquare", "o", "q", INTS("axes", "1")) NODE1("Sqrt", "q", "n0", "")
               SCALAR("e", "cbcc8c2b") NODE2("Max", "e", "n0", "n", "")},
    {NORM, NODE1("ReduceL2", "o", "n0", INTS("axes", "1")) NODE1("Shape", "o", "s", "")
               INT64("zero", "0000000000000000") NODE2("Gather", "s", "zero", "b0", "")
                   NODE2("Unsqueeze", "b0", "zero", "b1", "") INT64("two", "0200000000000000")
                       NODE2("Concat", "b1", "two", "s1", INT("axis", "0"))
                           NODE2("Expand", "n0", "s1", "n", "")},
    {NORM, NODE1("ReduceL2", "o", "n0", INTS("axes", "1"))
               LIST64("s", "01000000000000000200000000000000") NODE2("Expand", "n0", "s", "n", "")},
    {NORM,
     NORM2 LIST64("s", "02000000000000000200000000000000") NODE2("Expand", "n0", "s", "n", "")},
    {NORM, NORM2 NODE1("Shape", "item_features", "b0", INT("start", "0") INT("end", "1"))
               NODE1("Squeeze", "b0", "b1", "") INT64("m1", "ffffffffffffffff")
                   NODE2("Reshape", "b1", "m1", "b2", "") INT64("two", "0200000000000000")
                       NODE2("Concat", "b2", "two", "s", INT("axis", "0"))
                           NODE2("Expand", "n0", "s", "n", "")},
    /* The floor is of a norm that nothing divides by. */
    {NORM, NORM SCALAR("e", "0000c842") NODE2("Max", "n", "e", "n1", "")},
    {NORM, NORM SCALAR("e", "0000c842") NODE2("Clip", "n", "e", "n1", "")
               NODE2("Div", "o", "n1", "score", "")},
    {NORM DIV, NODE1("LpNormalization", "o", "unit", INT("axis", "1") INT("p", "2"))},
    {DIV, DIV NODE1("Exp", "unit", "score", "")},
    {INPUT, INPUT "11{ 1\"w\" " SHAPE("2") "} "},
};

/* Of the form number `which`. */
static void form_text(char *text, size_t room, size_t which) {
    memcpy(text, base, sizeof base);
    replace(text, room, forms[which][0], forms[which][1]);
    if (strstr(forms[which][1], "8\"t\"")) {
        replace(text, room, FIRST,
                NODE3("Gemm", "item_features", "t", "b", "h", INT("transB", "1")));
    }
}

/* Nodes from `h` to `r`: ReLU6, leaky ReLU, sigmoid, tanh, SiLU, GELU, GELU by Erf. */
enum { ACTIVATIONS = 7 };
static const char *const activations[ACTIVATIONS] = {
    SCALAR("low", "00000000") SCALAR("six", "0000c040") NODE3("Clip", "h", "low", "six", "r", ""),
    NODE1("LeakyRelu", "h", "r", ""),
    NODE1("Sigmoid", "h", "r", ""),
    NODE1("Tanh", "h", "r", ""),
    NODE1("Sigmoid", "h", "s", "") NODE2("Mul", "s", "h", "r", ""),
    NODE1("Gelu", "h", "r", ""),
    SCALAR("root", "f304b53f") NODE2("Div", "h", "root", "x", "") NODE1("Erf", "x", "e", "")
        SCALAR("one", "0000803f") NODE2("Add", "e", "one", "e1", "")
            NODE2("Mul", "h", "e1", "g", "") SCALAR("half", "0000003f")
                NODE2("Mul", "g", "half", "r", "")};

#endif

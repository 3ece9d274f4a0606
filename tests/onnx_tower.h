/* SPDX-License-Identifier: MIT */
/*
 * A small item tower as text, for tests of foreign and hostile files.  Each case
 * replaces one piece of it, and says what reading must answer: the status, the node,
 * and by `@` in the piece the byte offset.  Include it after cmocka.h.
 */
#ifndef TESTS_ONNX_TOWER_H
#define TESTS_ONNX_TOWER_H

#include "onnx_text.h"
#include "twotower.h"

#define INTS(name, value) "5{ 1\"" name "\" 8:" value " 20:7 } "
#define INT(name, value) "5{ 1\"" name "\" 3:" value " 20:2 } "
#define CAST(from, to) "1{ 4\"Cast\" 1\"" from "\" 2\"" to "\" " INT("to", "1") "} "
#define INT64(name, raw) "5{ 1:1 2:7 8\"" name "\" 9<" raw "> } "
#define SLICE(from, to, out) \
    "1{ 4\"Slice\" 1\"item_features\" 1\"" from "\" 1\"" to "\" 1\"axis\" 2\"" out "\" } "
#define INFO(name, columns) "1\"" name "\" 2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:" columns " } } } } } "
#define GEMM(in, out) "1{ 4\"Gemm\" 1\"" in "\" 1\"w_f\" 1\"b_f\" 2\"" out "\" } "
#define BIAS "5{ 1:2 2:10 8\"b\" 9<003c003c> } "
#define TABLE "5{ 1:3 1:2 2:10 8\"table\" 9<003c003c003c003c003c003c> } "
#define NORM "1{ 4\"ReduceL2\" 1\"o\" 2\"norm\" " INTS("axes", "1") INT("keepdims", "1") "} "
#define DIV "1{ 4\"Div\" 1\"o\" 1\"norm\" 2\"unit\" } "
#define INPUT "11{ " INFO("item_features", "4")
#define OUTPUT "12{ " INFO("unit", "2")
#define BAG "1{ 4\"MatMul\" 1\"slice\" 1\"table_f\" 2\"bag\" } "
#define CONCAT "1{ 4\"Concat\" 1\"bag\" 1\"number\" 2\"z\" " INT("axis", "1") "} "

/* The nodes of the text below, in order. */
enum { NODE_TABLE, NODE_SLICE, NODE_BAG, NODE_NUMBER, NODE_CONCAT, NODE_W, NODE_B, NODE_GEMM };
enum { NODE_NORM = NODE_GEMM + 1, NODE_DIV, NODE_AFTER };

/* z is [bag (2) | number (1)], the table [3][2], the embedding [2]. */
static const char base[] = "1:8 8{ 2:13 } 7{ " CAST("table", "table_f")
    SLICE("zero", "three", "slice") BAG SLICE("three", "four", "number") CONCAT CAST("w", "w_f")
        CAST("b", "b_f") GEMM("z", "o") NORM DIV TABLE
    "5{ 1:3 1:2 2:10 8\"w\" 9<003c003c003c003c003c003c> } " BIAS INT64("zero", "0000000000000000")
        INT64("three", "0300000000000000") INT64("four", "0400000000000000")
            INT64("axis", "0100000000000000") INT64("spare", "0200000000000000") INPUT OUTPUT "} ";

/* The bytes of the text with `old` replaced by `new`, from odd[1] on; the block ends with them. */
static uint8_t *tower_bytes(const char *old, const char *new, size_t *len, size_t *mark) {
    const char *place = strstr(base, old);
    assert_non_null(place);
    assert_null(strstr(place + 1, old)); /* a case must mean one place */
    size_t room = sizeof base + strlen(new) + 1, before = (size_t)(place - base);
    char *text = malloc(room);
    uint8_t *bytes = malloc(room);
    assert_true(text != NULL && bytes != NULL);
    snprintf(text, room, "%.*s%s%s", (int)before, base, new, place + strlen(old));
    struct coder coder = {text, bytes, 0, SIZE_MAX};
    put_fields(&coder);
    uint8_t *odd = malloc(coder.len + 1);
    assert_non_null(odd);
    memcpy(odd + 1, bytes, coder.len);
    *len = coder.len;
    *mark = coder.mark;
    free(bytes);
    free(text);
    return odd;
}

struct refusal {
    const char *name, *old, *new;
    tt_status status;
    uint32_t node;
};

#define NONE TT_NO_NODE

#endif

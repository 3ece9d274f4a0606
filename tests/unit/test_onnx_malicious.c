/* SPDX-License-Identifier: MIT */
/*
 * Files that broke other readers, each after its advisory or report: what reading must
 * answer, where, and on how much stack.  All are refused from the bytes alone: the core
 * opens no file, copies no string and follows no nesting.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "onnx_tower.h"

/* ---- A stack whose use can be seen ----------------------------------------------------- */

enum { STACK = 256 << 10, MAX_STACK = 8 << 10, PAINT = 0x5a };

static struct job {
    const uint8_t *bytes;
    size_t len;
    void *scratch;
    tt_model *model;
    tt_status status;
    tt_error error;
    const uint8_t *from; /* where the thread's own frame lies */
} job;

static void *read_job(void *unused) {
    volatile uint8_t here = 0;
    job.from = (const uint8_t *)&here;
    job.status =
        tt_model_read(job.model, job.bytes, job.len, job.scratch, tt_model_read_size(), &job.error);
    return unused;
}

/* Scratch is often reused: what a good file left there must not fill a gap of the next one. */
static void leave_traces(void *scratch) {
    size_t len, mark;
    uint8_t *odd = tower_bytes(OUTPUT, OUTPUT, &len, &mark);
    assert_int_equal(
        tt_model_read(job.model, odd + 1, len, scratch, tt_model_read_size(), &job.error), TT_OK);
    job.error = (tt_error){TT_OK, 0, 0};
    free(odd);
}

/* Reads in a thread of its own; returns how many bytes below its frame were written. */
static size_t read_measured(const uint8_t *bytes, size_t len) {
    uint8_t *stack = NULL;
    pthread_attr_t attributes;
    pthread_t thread;
    size_t untouched = 0;
    assert_int_equal(posix_memalign((void **)&stack, 4096, STACK), 0);
    job = (struct job){
        bytes,         len, malloc(tt_model_read_size()), malloc(sizeof(tt_model)), TT_OK,
        {TT_OK, 0, 0}, NULL};
    assert_true(job.scratch != NULL && job.model != NULL);
    leave_traces(job.scratch);
    memset(stack, PAINT, STACK);
    assert_int_equal(pthread_attr_init(&attributes), 0);
    assert_int_equal(pthread_attr_setstack(&attributes, stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attributes, read_job, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pthread_attr_destroy(&attributes);
    while (stack[untouched] == PAINT) {
        untouched++;
    }
    size_t used = (size_t)(job.from - stack) - untouched;
    free(stack);
    free(job.scratch);
    free(job.model);
    return used;
}

/* Sanitizers and -O0 have frames of their own. */
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define STACK_COUNTS 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#undef STACK_COUNTS
#endif
#endif

static void stack_fits(const char *name, size_t used) {
#if defined(STACK_COUNTS)
    if (used > MAX_STACK) {
        fail_msg("%s: %zu bytes of stack, at most %d are promised", name, used, MAX_STACK);
    }
#else
    (void)name;
    (void)used;
#endif
}

static void answer_is(const char *name, tt_status status, size_t offset, uint32_t node) {
    if (job.status != status || job.error.status != status || job.error.offset != offset ||
        job.error.node != node) {
        fail_msg("%s: status %d, want %d; offset %zu, want %zu; node %u, want %u", name,
                 (int)job.status, (int)status, job.error.offset, offset, job.error.node, node);
    }
}

/* Every case must mark its offset. */
static void refused(const struct refusal *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t len, mark;
        uint8_t *odd = tower_bytes(cases[i].old, cases[i].new, &len, &mark);
        size_t used = read_measured(odd + 1, len);
        answer_is(cases[i].name, cases[i].status, mark, cases[i].node);
        stack_fits(cases[i].name, used);
        free(odd);
    }
}
#define REFUSED(cases) refused(cases, sizeof(cases) / sizeof(cases)[0])

/* ---- Files that point outside themselves --------------------------------------------------- */

#define EXTERNAL(location) "5{ 1:2 2:10 8\"b\" @13{ 1\"location\" 2\"" location "\" } 14:1 } "

static void files_that_point_outside(void **state) {
    static const struct refusal cases[] = {
        {"CVE-2022-25882", BIAS, EXTERNAL("../../../etc/passwd"), TT_ERR_EXTERNAL, NONE},
        {"CVE-2024-27318", BIAS, EXTERNAL("junk/../../../etc/passwd"), TT_ERR_EXTERNAL, NONE},
        {"CVE-2026-27489, -34446, -34447: a link", BIAS, EXTERNAL("weights.bin"), TT_ERR_EXTERNAL,
         NONE},
        {"GHSA-q56x-g2fj-4rj6: drive", BIAS, EXTERNAL("C:\\weights.bin"), TT_ERR_EXTERNAL, NONE},
        {"absolute path", BIAS, EXTERNAL("/etc/passwd"), TT_ERR_EXTERNAL, NONE},
        {"CVE-2026-34445: keys as attributes", BIAS,
         "5{ 1:2 2:10 8\"b\" 9<003c003c> @13{ 1\"__class__\" 2\"x\" } } ", TT_ERR_EXTERNAL, NONE},
        {"CVE-2026-34445: length", BIAS,
         "5{ 1:2 2:10 8\"b\" @13{ 1\"length\" 2\"18446744073709551615\" } 14:1 } ", TT_ERR_EXTERNAL,
         NONE},
        {"location without data", BIAS, "5{ 1:2 2:10 8\"b\" 9<003c003c> @14:1 } ", TT_ERR_EXTERNAL,
         NONE},
        {"sparse_initializer", BIAS,
         BIAS "@15{ 1{ 1:1 2:1 8\"s\" 13{ 1\"location\" 2\"/etc/passwd\" } 14:1 } 3:4 } ",
         TT_ERR_EXTERNAL, NONE},
        {"Constant.sparse_value", GEMM("z", "o"),
         "1{ 4\"Constant\" 2\"o\" 5{ 1\"sparse_value\" @22{ 1{ 13{ 1\"location\" 2\"x\" } } } "
         "20:11 } } ",
         TT_ERR_EXTERNAL, NODE_GEMM},
        {"Constant of an external tensor", GEMM("z", "o"),
         "1{ 4\"Constant\" 2\"o\" 5{ 1\"value\" 5{ 1:1 2:1 @13{ 1\"location\" 2\"x\" } 14:1 } "
         "20:4 } } ",
         TT_ERR_EXTERNAL, NODE_GEMM},
        {"function body", "8{ 2:13 }", "8{ 2:13 } @25{ 1\"Gemm\" 7{ 4\"Split\" } }",
         TT_ERR_EXTERNAL, NONE},
        {"training graph", "8{ 2:13 }", "8{ 2:13 } @20{ 1{ 1{ 4\"Loop\" } } }", TT_ERR_EXTERNAL,
         NONE},
    };
    (void)state;
    REFUSED(cases);
}

/* ---- Sizes and indices that lie -------------------------------------------------------------- */

#define TABLE_GATHER(index) \
    INT64("index", index) "@1{ 4\"Gather\" 1\"table_f\" 1\"index\" 2\"bag\" } "

#define CONSTANT(dims, name, raw) \
    "1{ 4\"Constant\" 2\"" name "\" 5{ 1\"value\" 5{ " dims " 2:7 9<" raw "> } 20:4 } } "

static void sizes_and_indices_that_lie(void **state) {
    static const struct refusal cases[] = {
        {"raw_data shorter than its shape", BIAS, "@5{ 1:2 2:10 8\"b\" 9<003c> } ", TT_ERR_SHAPE,
         NONE},
        {"raw_data longer than its shape", BIAS, "@5{ 1:2 2:10 8\"b\" 9<003c003c003c> } ",
         TT_ERR_SHAPE, NONE},
        {"elements wrap in 64 bits", BIAS,
         "@5{ 1:2147483647 1:2147483647 1:2147483647 1:2 2:10 8\"b\" 9<003c003c> } ", TT_ERR_SHAPE,
         NONE},
        {"elements wrap in 32 bits", BIAS, "@5{ 1:65537 1:65536 2:10 8\"b\" 9<> } ", TT_ERR_SHAPE,
         NONE},
        {"elements wrap to the size of the data", BIAS,
         "@5{ 1:3 1:1431655766 2:10 8\"b\" 9<003c003c> } ", TT_ERR_SHAPE, NONE},
        {"dimension -1", BIAS, "5{ @1:-1 2:10 8\"b\" 9<003c003c> } ", TT_ERR_SHAPE, NONE},
        {"dimension 2^63", BIAS, "5{ @1:-9223372036854775808 2:10 8\"b\" 9<> } ", TT_ERR_SHAPE,
         NONE},
        {"two kinds of data", BIAS, "5{ 1:2 2:1 8\"b\" 4<003c003c> @9<003c003c> } ",
         TT_ERR_DUPLICATE, NONE},
        {"ORT 4349: no element type", BIAS, "@5{ 1:2 8\"b\" 9<003c003c> } ", TT_ERR_MISSING, NONE},
        {"ORT 4585: element type 255", INPUT, "@11{ 1\"item_features\" 2{ 1{ 1:255 } } } ",
         TT_ERR_TYPE, NONE},
        {"ORT 27265: index -1", BAG, TABLE_GATHER("ffffffffffffffff"), TT_ERR_GRAPH, NODE_BAG},
        {"ORT 27265: index 2^62", BAG, TABLE_GATHER("0000000000000040"), TT_ERR_GRAPH, NODE_BAG},
        {"slice past the end", SLICE("zero", "three", "slice") BAG,
         CONSTANT("1:1", "far", "ffffffffffffff7f") SLICE("zero", "far", "slice") "@" BAG,
         TT_ERR_SHAPE, NODE_BAG + 1},
        {"slice to before the start", SLICE("zero", "three", "slice"),
         CONSTANT("1:1", "far", "0100000000000080") "@" SLICE("zero", "far", "slice"), TT_ERR_SHAPE,
         NODE_SLICE + 1},
        {"PR 8336: scalar instead of a list", SLICE("zero", "three", "slice"),
         CONSTANT("", "three_0", "0300000000000000") "@" SLICE("zero", "three_0", "slice"),
         TT_ERR_SHAPE, NODE_SLICE + 1},
        {"graph input 2^31 wide", INPUT, "@11{ " INFO("item_features", "2147483647"), TT_ERR_SHAPE,
         NONE},
        {"graph input wider than 2^31", INPUT,
         "@11{ 1\"item_features\" 2{ 1{ 1:1 2{ 1{ } 1{ 1:65536 } 1{ 1:65536 } } } } } ",
         TT_ERR_SHAPE, NONE},
    };
    (void)state;
    REFUSED(cases);
}

/* ---- Operators with a history ---------------------------------------------------------------- */

#define NODE_OF(op, rest) "@1{ 4\"" op "\" 1\"z\" 1\"w_f\" 2\"o\" " rest "} "

static void operators_with_a_history(void **state) {
    static const struct refusal cases[] = {
        {"ORT 28731: Conv", GEMM("z", "o"), NODE_OF("Conv", "5{ 1\"dilations\" 8:1 20:7 } "),
         TT_ERR_OPERATOR, NODE_GEMM},
        {"PR 8255: Split", GEMM("z", "o"), NODE_OF("Split", INT("num_outputs", "-1")),
         TT_ERR_OPERATOR, NODE_GEMM},
        {"SparseSoftmaxCrossEntropy", GEMM("z", "o"), NODE_OF("SparseSoftmaxCrossEntropy", ""),
         TT_ERR_OPERATOR, NODE_GEMM},
        {"ArrayFeatureExtractor", GEMM("z", "o"),
         "1{ 4\"ArrayFeatureExtractor\" 1\"z\" 2\"o\" @7\"ai.onnx.ml\" } ", TT_ERR_OPERATOR,
         NODE_GEMM},
        {"SVMClassifier", GEMM("z", "o"), "1{ 4\"SVMClassifier\" 2\"o\" @7\"ai.onnx.ml\" } ",
         TT_ERR_OPERATOR, NODE_GEMM},
        {"If with branches", GEMM("z", "o"),
         "1{ 4\"If\" 1\"z\" 2\"o\" 5{ 1\"then_branch\" @6{ 1{ 4\"If\" 5{ 6{ } } } } 20:5 } } ",
         TT_ERR_EXTERNAL, NODE_GEMM},
        {"Loop with a body", GEMM("z", "o"),
         "1{ 4\"Loop\" 1\"z\" 2\"o\" 5{ 1\"body\" @6{ } 20:5 } } ", TT_ERR_EXTERNAL, NODE_GEMM},
        {"string attribute", GEMM("z", "o"),
         "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" 2\"o\" 5{ 1\"alpha\" 4\"xxxxxxxxxxxxxxxx\" 20:3 } } ",
         TT_ERR_TYPE, NODE_GEMM},
        {"tensor attribute of an operator that has none", GEMM("z", "o"),
         NODE_OF("Gemm", "5{ 1\"alpha\" 5{ 1:9223372036854775807 2:1 } 20:4 } "), TT_ERR_TYPE,
         NODE_GEMM},
        {"reads itself", GEMM("z", "o"), "@" GEMM("o", "o"), TT_ERR_MISSING, NODE_GEMM},
    };
    (void)state;
    REFUSED(cases);
}

/* ---- Protobuf that lies ------------------------------------------------------------------------
 */

static void protobuf_that_lies(void **state) {
    static const struct refusal cases[] = {
        {"group", "1:8 8{", "1:8 @!0b0c! 8{", TT_ERR_WIRE, NONE},
        {"groups, 8 deep", "1:8 8{", "1:8 @!0b0b0b0b0b0b0b0b0c0c0c0c0c0c0c0c! 8{", TT_ERR_WIRE,
         NONE},
        {"end of a group", "1:8 8{", "1:8 @!0c! 8{", TT_ERR_WIRE, NONE},
        {"wire type 6", "1:8 8{", "1:8 @!0e! 8{", TT_ERR_WIRE, NONE},
        {"wire type 7", "1:8 8{", "1:8 @!0f! 8{", TT_ERR_WIRE, NONE},
        {"field 0", "1:8 8{", "1:8 @!0000! 8{", TT_ERR_WIRE, NONE},
        {"field 2^29", "1:8 8{", "1:8 @!808080801000! 8{", TT_ERR_WIRE, NONE},
        {"length 2^64 - 1", "1:8 8{", "1:8 @!12ffffffffffffffffff01! 8{", TT_ERR_TRUNCATED, NONE},
        {"length past the end", "1:8 8{", "1:8 @!12ffffff7f! 8{", TT_ERR_TRUNCATED, NONE},
        {"length past the message", BIAS, "5{ 1:2 2:10 @!42ff01! } ", TT_ERR_WIRE, NONE},
        {"varint of 11 bytes", "1:8 8{", "1:8 @!10ffffffffffffffffffff01! 8{", TT_ERR_WIRE, NONE},
        {"varint above 2^64", "1:8 8{", "1:8 @!10ffffffffffffffffff02! 8{", TT_ERR_WIRE, NONE},
        {"padded tag", "1:8 8{", "1:8 @!900000! 8{", TT_ERR_WIRE, NONE},
        {"packed list cut inside a number", BIAS, "5{ 1:2 2:10 8\"b\" @1<80> 9<003c003c> } ",
         TT_ERR_WIRE, NONE},
        {"one property twice", "8{ 2:13 }",
         "8{ 2:13 } 14{ 1\"run_id\" 2\"a\" } @14{ 1\"run_id\" 2\"b\" }", TT_ERR_DUPLICATE, NONE},
        {"an archive behind the model", OUTPUT "} ", OUTPUT "} !504b!@!0304!", TT_ERR_WIRE, NONE},
    };
    (void)state;
    REFUSED(cases);
}

/* Each part that a file must have, left out. */
static void required_parts(void **state) {
    static const struct refusal cases[] = {
        {"ir_version", "1:8 8{", "@8{", TT_ERR_MISSING, NONE},
        {"opset", "1:8 8{ 2:13 }", "@1:8 8{ 1\"ai.onnx.ml\" 2:3 }", TT_ERR_MISSING, NONE},
        {"version of the opset", "8{ 2:13 }", "@8{ }", TT_ERR_OPERATOR, NONE},
        {"name of a tensor", BIAS, "@5{ 1:2 2:10 9<003c003c> } ", TT_ERR_MISSING, NONE},
        {"data of a tensor", BIAS, "@5{ 1:2 2:10 8\"b\" } ", TT_ERR_MISSING, NONE},
        {"tensor of nothing", BIAS, "@5{ } ", TT_ERR_MISSING, NONE},
        {"operator", GEMM("z", "o"), "@1{ 1\"z\" 1\"w_f\" 2\"o\" } ", TT_ERR_MISSING, NODE_GEMM},
        {"output of a node", GEMM("z", "o"), "@1{ 4\"Gemm\" 1\"z\" 1\"w_f\" } ", TT_ERR_MISSING,
         NODE_GEMM},
        {"inputs of a node", GEMM("z", "o"), "@1{ 4\"Gemm\" 2\"o\" } ", TT_ERR_MISSING, NODE_GEMM},
        {"node of nothing", GEMM("z", "o"), "@1{ } ", TT_ERR_MISSING, NODE_GEMM},
        {"name of an attribute", GEMM("z", "o"), "1{ 4\"Gemm\" 2\"o\" @5{ 3:1 20:2 } } ",
         TT_ERR_MISSING, NODE_GEMM},
        {"type of an attribute", GEMM("z", "o"), "1{ 4\"Gemm\" 2\"o\" @5{ 1\"x\" 3:1 } } ",
         TT_ERR_MISSING, NODE_GEMM},
        {"name of an input", INPUT, "@11{ 2{ 1{ 1:1 2{ 1{ } 1{ 1:4 } } } } } ", TT_ERR_MISSING,
         NONE},
        {"type of an input", INPUT, "@11{ 1\"item_features\" } ", TT_ERR_MISSING, NONE},
        {"element type of an input", INPUT,
         "@11{ 1\"item_features\" 2{ 1{ 2{ 1{ } 1{ 1:4 } } } } } ", TT_ERR_MISSING, NONE},
        {"shape of an input", INPUT, "@11{ 1\"item_features\" 2{ 1{ 1:1 } } } ", TT_ERR_SHAPE,
         NONE},
        /* what would be the name stands where an earlier file had it */
        {"name of an output", OUTPUT, "@12{ 3\"unit\" 2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:2 } } } } } ",
         TT_ERR_MISSING, NONE},
        {"type of an output", OUTPUT, "@12{ 1\"unit\" } ", TT_ERR_MISSING, NONE},
    };
    (void)state;
    REFUSED(cases);
}

/* ---- Whole files -------------------------------------------------------------------------------
 */

#define BYTES(text) text, sizeof text - 1

static void files_of_other_kinds(void **state) {
    static const struct {
        const char *name, *bytes;
        size_t len;
        tt_status status;
        size_t offset;
    } cases[] = {
        {"nothing", BYTES(""), TT_ERR_MISSING, 0},
        {"zeros", BYTES("\0\0\0\0\0\0\0\0"), TT_ERR_WIRE, 0},
        {"pickle", BYTES("\x80\x02}q\x00."), TT_ERR_TRUNCATED, 3},
        {"zip, as .pt and .npz are", BYTES("PK\x03\x04\x14\0\0\0"), TT_ERR_WIRE, 2},
        {"gzip", BYTES("\x1f\x8b\x08\0"), TT_ERR_WIRE, 0},
        {"JSON", BYTES("{\"format\": 1}"), TT_ERR_WIRE, 0},
        {"safetensors", BYTES("\x02\0\0\0\0\0\0\0{}"), TT_ERR_WIRE, 0},
        {"NumPy", BYTES("\x93NUMPY\x01\0"), TT_ERR_WIRE, 0},
        {"HTML", BYTES("<!DOCTYPE html>"), TT_ERR_WIRE, 0},
        {"ELF",
         BYTES("\x7f"
               "ELF\x02\x01"),
         TT_ERR_WIRE, 0},
        {"Git LFS pointer", BYTES("version https://git-lfs.github.com/spec/v1\n"), TT_ERR_WIRE, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t *exact = malloc(cases[i].len + 1);
        assert_non_null(exact);
        memcpy(exact + 1, cases[i].bytes, cases[i].len);
        stack_fits(cases[i].name, read_measured(exact + 1, cases[i].len));
        answer_is(cases[i].name, cases[i].status, cases[i].offset, NONE);
        free(exact);
    }
}

/* A 3.6 KB file of If in If took another runtime 56 s.  Here the first branch refuses, so
 * neither the depth nor what lies below it is followed. */
static void nesting_is_not_followed(void **state) {
    enum { DEEP = 200 };
    static char text[DEEP * 64 + 256];
    size_t len = 0;
    (void)state;
    len += (size_t)snprintf(text, sizeof text, "1{ 4\"If\" 2\"o\" 5{ 1\"then_branch\" @");
    for (int i = 0; i < DEEP; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "6{ 1{ 4\"If\" 5{ ");
    }
    for (int i = 0; i < DEEP; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "} } } ");
    }
    snprintf(text + len, sizeof text - len, "20:5 } } ");
    const struct refusal refusal = {"nested If", GEMM("z", "o"), text, TT_ERR_EXTERNAL, NODE_GEMM};
    refused(&refusal, 1);
}

/* CVE-2024-27319: a long name in an error path.  Ours says a status and where; the name is a
 * run of the file's own bytes, of any length. */
static void long_names_are_not_copied(void **state) {
    enum { LONG = 100000 };
    char *text = malloc(LONG + 256), *name = malloc(LONG + 1);
    size_t len, mark;
    tt_text op, of;
    (void)state;
    assert_true(text != NULL && name != NULL);
    memset(name, 'x', LONG);
    name[LONG] = '\0';
    snprintf(text, LONG + 256, "@1{ 4\"%s\" 3\"n\" 1\"z\" 2\"o\" } ", name);
    const struct refusal refusal = {"long operator", GEMM("z", "o"), text, TT_ERR_OPERATOR,
                                    NODE_GEMM};
    refused(&refusal, 1);
    uint8_t *odd = tower_bytes(refusal.old, refusal.new, &len, &mark);
    tt_error_place(&job.error, odd + 1, len, &op, &of);
    assert_int_equal(op.len, LONG);
    assert_true((const uint8_t *)op.at > odd && (const uint8_t *)op.at + op.len <= odd + 1 + len);
    assert_int_equal(of.len, 1);
    assert_true(strlen(tt_status_text(job.error.status)) < 80);
    free(odd);
    free(name);
    free(text);
}

static void every_status_has_a_sentence(void **state) {
    (void)state;
    for (int status = TT_OK; status <= TT_ERR_VERSION + 1; status++) {
        const char *text = tt_status_text((tt_status)status);
        assert_true(text != NULL && strlen(text) > 1 && strlen(text) < 80);
        assert_null(strchr(text, '.'));
        for (int other = TT_OK; other < status; other++) {
            assert_string_not_equal(text, tt_status_text((tt_status)other));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_point_outside),
        cmocka_unit_test(sizes_and_indices_that_lie),
        cmocka_unit_test(operators_with_a_history),
        cmocka_unit_test(protobuf_that_lies),
        cmocka_unit_test(required_parts),
        cmocka_unit_test(files_of_other_kinds),
        cmocka_unit_test(nesting_is_not_followed),
        cmocka_unit_test(long_names_are_not_copied),
        cmocka_unit_test(every_status_has_a_sentence),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

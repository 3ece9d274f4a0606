/* SPDX-License-Identifier: MIT */
/* Which output is the embedding of which tower: by names, properties and the caller, never by
 * order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "onnx_text.h"
#include "twotower.h"

#define SHAPE(columns) "2{ 1{ 1:1 2{ 1{ 2\"N\" } 1{ 1:" columns " } } } } "
#define HEAD(in, weight, out) \
    "1{ 4\"Gemm\" 1\"" in "\" 1\"" weight "\" 2\"" out "_o\" } " \
    "1{ 4\"LpNormalization\" 1\"" out "_o\" 2\"" out "\" } "
#define WEIGHTS \
    "5{ 1:2 1:2 2:1 8\"w\" 9<0000803f000000000000000000000040> } " \
    "5{ 1:2 1:2 2:1 8\"v\" 9<0000803f000080bf000000400000803f> } "
/* Inputs a and b, outputs c (of a) and d (of b). */
#define TWO(a, b, c, d) \
    "1:13 8{ 2:25 } 7{ " HEAD(a, "w", c) HEAD(b, "v", d) WEIGHTS \
        "11{ 1\"" a "\" " SHAPE("2") "} 11{ 1\"" b \
                                     "\" " SHAPE("2") "} 12{ 1\"" c \
                                                      "\" " SHAPE("2") "} 12{ 1\"" d \
                                                                       "\" " SHAPE("2") "} } "
/* One input, two outputs. */
#define ONE(a, c, d) \
    "1:13 8{ 2:25 } 7{ " HEAD(a, "w", c) HEAD(a, "v", d) WEIGHTS \
        "11{ 1\"" a "\" " SHAPE("2") "} 12{ 1\"" c "\" " SHAPE("2") "} 12{ 1\"" d \
                                                                    "\" " SHAPE("2") "} } "

static uint8_t bytes[4096], scratch[TT_READ_SIZE];

/* The status, and the names of the outputs of the towers ("": none). */
static tt_status roles(const char *text, const tt_read_as *given, char found[TT_TOWERS][40]) {
    struct coder coder = {text, bytes, 0, SIZE_MAX};
    tt_model model;
    put_fields(&coder);
    tt_status status =
        tt_model_read_as(&model, bytes, coder.len, given, scratch, sizeof scratch, NULL);
    for (int t = 0; t < TT_TOWERS; t++) {
        const tt_tensor *output = status == TT_OK ? tt_model_output(&model, (tt_tower)t) : NULL;
        snprintf(found[t], 40, "%.*s", output ? (int)output->name.len : 0,
                 output ? output->name.at : "");
    }
    return status;
}

typedef struct role_case {
    const char *text, *user, *item; /* NULL: refused with TT_ERR_ROLE */
} role_case;

static void expect(const role_case *one, const tt_read_as *given) {
    char found[TT_TOWERS][40];
    tt_status status = roles(one->text, given, found);
    tt_status wanted = one->user ? TT_OK : TT_ERR_ROLE;
    if (status != wanted || (one->user && (strcmp(found[TT_USER], one->user) != 0 ||
                                           strcmp(found[TT_ITEM], one->item) != 0))) {
        fail_msg("%s: %s, user '%s', item '%s'", one->text, tt_status_text(status), found[TT_USER],
                 found[TT_ITEM]);
    }
}

static void names_tell_the_towers(void **state) {
    static const role_case cases[] = {
        {TWO("x", "y", "user_embedding", "item_embedding"), "user_embedding", "item_embedding"},
        {TWO("x", "y", "item_embedding", "user_embedding"), "user_embedding", "item_embedding"},
        {TWO("item_x", "user_x", "user_embedding", "item_embedding"), "user_embedding",
         "item_embedding"},
        {TWO("VideoFeatures", "MemberFeatures", "c", "d"), "d", "c"},
        {TWO("x", "y", "UserEmbedding", "ItemEmbedding"), "UserEmbedding", "ItemEmbedding"},
        {TWO("x", "y", "emb.query", "emb.docs"), "emb.query", "emb.docs"},
        {TWO("x", "y", "viewer-vec", "candidate_vec"), "viewer-vec", "candidate_vec"},
        {TWO("x", "y", "USER_EMB", "VIDEO_EMB"), "USER_EMB", "VIDEO_EMB"},
        {TWO("item_history", "item_x", "user_embedding", "item_embedding"), "user_embedding",
         "item_embedding"},
        {TWO("x", "y", "useremb", "itememb"), "useremb", "itememb"},
        /* By no name, or by both: nothing is told by order. */
        {TWO("x", "y", "c", "d"), NULL, NULL},
        {TWO("x", "y", "left_vec", "right_vec"), NULL, NULL},
        {TWO("user_item", "y", "c", "d"), NULL, NULL},
        {TWO("x", "y", "user_vec", "member_vec"), NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(&cases[i], NULL);
    }
}

static void other_outputs_replace_no_embedding(void **state) {
    static const role_case cases[] = {
        {ONE("x", "item_aux", "item_embedding"), "", "item_embedding"},
        {ONE("x", "item_embedding", "item_aux"), "", "item_embedding"},
        {ONE("user_x", "score", "user_vec"), "user_vec", ""},
        {ONE("x", "logits", "video_out"), "", "video_out"},
        {ONE("x", "item_embedding", "item_embedding_2"), NULL, NULL},
        {ONE("item_x", "c", "d"), NULL, NULL},
        {ONE("x", "c", "d"), NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect(&cases[i], NULL);
    }
}

static void the_caller_and_the_file_say_it(void **state) {
    static const tt_read_as swapped = {{{"d", 1}, {"c", 1}}, {NULL, 0}, 0};
    static const tt_read_as item_d = {{{NULL, 0}, {"d", 1}}, {NULL, 0}, 0};
    static const tt_read_as both_d = {{{"d", 1}, {"d", 1}}, {NULL, 0}, 0};
    static const tt_read_as unknown = {{{"nothing", 7}, {NULL, 0}}, {NULL, 0}, 0};
    (void)state;
    expect(&(role_case){TWO("x", "y", "c", "d"), "d", "c"}, &swapped);
    expect(&(role_case){TWO("user_x", "item_x", "c", "d"), "d", "c"}, &swapped);
    expect(&(role_case){TWO("x", "y", "user_vec", "d"), "user_vec", "d"}, &item_d);
    expect(&(role_case){ONE("x", "c", "d"), "", "d"}, &item_d);
    expect(&(role_case){ONE("x", "item_embedding", "d"), "", "d"}, &item_d);
    expect(&(role_case){TWO("x", "y", "c", "d"), NULL, NULL}, &both_d);
    expect(&(role_case){TWO("x", "y", "c", "d"), NULL, NULL}, &unknown);
    expect(&(role_case){TWO("x", "y", "c", "d") "14{ 1\"twotower.user_output\" 2\"d\" } "
                                                "14{ 1\"twotower.item_output\" 2\"c\" } ",
                        "d", "c"},
           NULL);
    expect(
        &(role_case){TWO("x", "y", "c", "d") "14{ 1\"twotower.user_output\" 2\"e\" } ", NULL, NULL},
        NULL);
}

/* Weights in another file, whose bytes follow the model's. */
static void external_data_follows_the_model(void **state) {
#define FAR(location, offset, length) \
    "5{ 1:2 1:2 2:1 8\"w\" 13{ 1\"location\" 2\"" location "\" } 13{ 1\"offset\" 2\"" offset \
    "\" } 13{ 1\"length\" 2\"" length "\" } 14:1 } "
#define FAR_TOWER(weight) \
    "1:8 8{ 2:13 } 7{ " HEAD("item_x", "w", "item_embedding") weight \
        "11{ 1\"item_x\" " SHAPE("2") "} 12{ 1\"item_embedding\" " SHAPE("2") "} } "
    static const struct {
        const char *text;
        tt_status status;
    } cases[] = {
        {FAR_TOWER(FAR("m.data", "4", "16")), TT_OK},
        {FAR_TOWER(FAR("m.data", "5", "16")), TT_ERR_TRUNCATED},
        {FAR_TOWER(FAR("m.data", "4", "12")), TT_ERR_SHAPE},
        {FAR_TOWER(FAR("m.data", "2147483648", "16")), TT_ERR_EXTERNAL},
        {FAR_TOWER(FAR("m.data", "-4", "16")), TT_ERR_EXTERNAL},
        {FAR_TOWER(FAR("../m.data", "4", "16")), TT_ERR_EXTERNAL},
        {FAR_TOWER(FAR("other", "4", "16")), TT_ERR_EXTERNAL},
        {FAR_TOWER("5{ 1:2 1:2 2:1 8\"w\" 14:1 } "), TT_ERR_EXTERNAL},
        {FAR_TOWER("5{ 1:2 1:2 2:1 8\"w\" 14:2 } "), TT_ERR_EXTERNAL},
    };
    static const float data[5] = {9, 3, 0, 0, 4};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct coder coder = {cases[i].text, bytes, 0, SIZE_MAX};
        tt_read_as as = {{{NULL, 0}, {NULL, 0}}, {"m.data", 6}, sizeof data};
        tt_model model;
        put_fields(&coder);
        memcpy(bytes + coder.len, data, sizeof data);
        tt_status status =
            tt_model_read_as(&model, bytes, coder.len, &as, scratch, sizeof scratch, NULL);
        if (status != cases[i].status) {
            fail_msg("%s: %s", cases[i].text, tt_status_text(status));
        }
        if (status == TT_OK) {
            float room[1024], out[2], row[2] = {1, 1};
            assert_int_equal(
                tt_embed_dense(&(tt_embedder){&model, tt_kernels_c(), TT_ITEM, room, sizeof room},
                               row, 1, out, NULL),
                TT_OK);
            assert_true(out[0] == 0.6f && out[1] == 0.8f);
        }
        status = tt_model_read(&model, bytes, coder.len, scratch, sizeof scratch, NULL);
        assert_int_equal(status, TT_ERR_EXTERNAL);
    }
}

/* An input is of one tower. */
static void towers_share_no_input(void **state) {
    char found[TT_TOWERS][40];
    (void)state;
    assert_int_equal(roles(ONE("x", "user_vec", "item_vec"), NULL, found), TT_ERR_GRAPH);
}

static void the_outputs_can_be_listed(void **state) {
    struct coder coder = {TWO("x", "y", "c", "second"), bytes, 0, SIZE_MAX};
    (void)state;
    put_fields(&coder);
    tt_text first = tt_graph_output(bytes, coder.len, 0),
            second = tt_graph_output(bytes, coder.len, 1);
    assert_true(first.len == 1 && *first.at == 'c');
    assert_true(second.len == 6 && memcmp(second.at, "second", 6) == 0);
    assert_null(tt_graph_output(bytes, coder.len, 2).at);
    assert_null(tt_graph_output(bytes, 0, 0).at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_the_towers),
        cmocka_unit_test(other_outputs_replace_no_embedding),
        cmocka_unit_test(the_caller_and_the_file_say_it),
        cmocka_unit_test(external_data_follows_the_model),
        cmocka_unit_test(towers_share_no_input),
        cmocka_unit_test(the_outputs_can_be_listed),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Rows whose names or tokens are not the model's are counted, and refused on request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

/* A model that knows no token. */
static const char lines[] =
    "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 00000051\nids 0\ntokens 0\n"
    "field id id\nfield tags tag\nfield maker maker\n"
    "field product_released_at year\nfield product_released_at year5\n"
    "user stars linear 40600000 3f000000 3.5 0.5\nuser stars missing 00000000 3f800000 0 1\n"
    "user reviews log1p 40000000 40800000 2 4\n"
    "item release_year linear 44fa0000 41200000 2000 10\n"
    "item release_year square 44fa0000 41200000 2000 10\n"
    "item release_year missing 00000000 3f800000 0 1\n";
static tt_schema schema;

static tt_text text(const char *string) {
    return (tt_text){string, strlen(string)};
}

static int make_schema(void **state) {
    (void)state;
    return tt_schema_read(&schema, text(lines), text(""), text(""), NULL) != TT_OK;
}

/* A name is the schema's to the letter: in another case or number, with a blank, of the other
 * tower, with tokens or without. */
static void a_misspelt_name_is_counted(void **state) {
    static const char *const wrong[] = {"tag",  "Tags", "tags ", "",         "liked",
                                        "year", "Id",   "stars", "numerics", "product_released"};
    char memory[256];
    tt_features features;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const tt_text tag = text("t1");
        tt_features_begin(&features, &schema, TT_USER, memory, sizeof memory);
        assert_int_equal(tt_features_item(&features, TT_NEUTRAL), TT_OK);
        assert_int_equal(tt_features_list(&features, "tags", &tag, 1), TT_OK);
        assert_int_equal(tt_features_check(&features), TT_OK);
        assert_int_equal(tt_features_list(&features, wrong[i], &tag, i % 2), TT_OK);
        assert_int_equal(tt_features_check(&features), TT_ERR_FIELD);
        tt_features_number(&features, "Stars", 1.0f);
        tt_features_number(&features, "release_year", 1.0f); /* an item's */
        tt_features_end(&features);
        assert_int_equal(tt_features_met(&features, TT_FIELDS_UNKNOWN), 3);
        assert_int_equal(tt_features_met(&features, TT_TOKENS_KNOWN), 0);
        assert_int_equal(tt_features_met(&features, TT_TOKENS_UNKNOWN), 1);
        assert_int_equal(tt_features_check(&features), TT_ERR_FIELD);
    }
}

static void unknown_tokens_alone_are_no_misspelt_name(void **state) {
    const tt_text tags[] = {text("T1"), text(" t1"), text("t1 "), text("t 1")};
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_ITEM, NULL, 0);
    assert_int_equal(tt_features_list(&features, "tags", tags, 4), TT_OK);
    assert_int_equal(tt_features_list(&features, "maker", NULL, 0), TT_OK);
    tt_features_end(&features);
    assert_int_equal(tt_features_met(&features, TT_TOKENS_UNKNOWN), 4);
    assert_int_equal(tt_features_met(&features, TT_TOKENS_KNOWN), 0);
    assert_int_equal(tt_features_check(&features), TT_OK);
}

static void assert_text(tt_text is, const char *wanted) {
    assert_int_equal(is.len, strlen(wanted));
    assert_memory_equal(is.at, wanted, is.len);
}

static void a_schema_says_its_names(void **state) {
    (void)state;
    assert_text(tt_schema_field(&schema, 0), "id");
    assert_text(tt_schema_field(&schema, 4), "product_released_at");
    assert_null(tt_schema_field(&schema, 5).at);
    assert_text(tt_schema_number(&schema, TT_USER, 2), "reviews");
    assert_null(tt_schema_number(&schema, TT_USER, 3).at);
    assert_text(tt_schema_number(&schema, TT_ITEM, 2), "release_year");
    assert_null(tt_schema_number(&schema, TT_ITEM, UINT32_MAX).at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_misspelt_name_is_counted),
        cmocka_unit_test(unknown_tokens_alone_are_no_misspelt_name),
        cmocka_unit_test(a_schema_says_its_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_schema, NULL);
}

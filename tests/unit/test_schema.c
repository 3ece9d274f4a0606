/* SPDX-License-Identifier: MIT */
/* Schema lines and key lists: what is read, and that nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

#include <stdio.h>
#include <stdlib.h>

#define HEADER "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000beef\nids 2\ntokens 3\n"
#define REST \
    "field id id\nfield tags tag\nfield product_released_at year\n" \
    "user mean_stars linear 40600000 3f800000 3.5 1\n" \
    "item release_year square 44fa0000 41200000 2000 10\n" \
    "item release_year missing 00000000 3f800000 0 1\n"
#define ZERO "00000000"
#define FIRST ZERO "0000000a1"
#define LAST "ffffffffffffffff0"
#define IDS FIRST LAST
#define TOKENS \
    ZERO ZERO ZERO "0abcdef0" \
                   "fffffffffffffffe"

static tt_text text(const char *string) {
    return (tt_text){string, strlen(string)};
}

static tt_status read(tt_schema *schema, const char *lines, const char *ids, const char *tokens,
                      tt_error *error) {
    return tt_schema_read(schema, text(lines), text(ids), text(tokens), error);
}

static void what_is_written_is_read(void **state) {
    tt_schema schema;
    (void)state;
    assert_int_equal(read(&schema, HEADER REST, IDS, TOKENS, NULL), TT_OK);
    assert_int_equal(schema.version, 2);
    assert_int_equal(schema.hash_seed, 0xbeef);
    assert_int_equal(schema.id_rows, 2);
    assert_int_equal(schema.token_rows, 3);
    assert_int_equal(schema.fields, 3);
    assert_memory_equal(schema.field[1].field.at, "tags", 4);
    assert_memory_equal(schema.field[2].space.at, "year", 4);
    assert_int_equal(schema.field[2].space.len, 4);
    assert_int_equal(schema.numerics[TT_USER], 1);
    assert_int_equal(schema.numerics[TT_ITEM], 2);
    assert_int_equal(schema.numeric[TT_USER][0].form, TT_FORM_LINEAR);
    assert_true(schema.numeric[TT_USER][0].mean == 3.5f);
    assert_int_equal(schema.numeric[TT_ITEM][0].form, TT_FORM_SQUARE);
    assert_true(schema.numeric[TT_ITEM][0].mean == 2000.0f);
    assert_true(schema.numeric[TT_ITEM][0].deviation == 10.0f);
    assert_int_equal(schema.numeric[TT_ITEM][1].form, TT_FORM_MISSING);
}

static void an_empty_schema_is_one(void **state) {
    tt_schema schema;
    (void)state;
    assert_int_equal(tt_schema_read(&schema,
                                    text("twotower-schema 2\nrecipe shared\n"
                                         "hash murmur3_x86_32x2 00000000\nids 0\ntokens 0\n"),
                                    (tt_text){NULL, 0}, (tt_text){NULL, 0}, NULL),
                     TT_OK);
}

#define MLP "twotower-schema 2\nrecipe mlp\nhash murmur3_x86_32x2 0000beef\n"

static void buckets_are_read(void **state) {
    tt_schema schema;
    (void)state;
    assert_int_equal(
        read(&schema, MLP "buckets tag 64\nbuckets year 7\nfield tags tag\n", "", "", NULL), TT_OK);
    assert_int_equal(schema.recipe, TT_RECIPE_MLP);
    assert_true(schema.id_rows == 0 && schema.token_rows == 71);
    assert_int_equal(schema.spaces, 2);
    assert_true(schema.space[1].first == 64 && schema.space[1].buckets == 7);
    assert_memory_equal(schema.space[1].name.at, "year", 4);
}

/* Refused at `offset` of text `node`. */
static void assert_refused(const char *lines, const char *ids, const char *tokens, size_t offset,
                           uint32_t node) {
    tt_schema schema;
    tt_error error = {TT_OK, 99, 99};
    assert_int_equal(read(&schema, lines, ids, tokens, &error), TT_ERR_SCHEMA);
    assert_int_equal(error.status, TT_ERR_SCHEMA);
    assert_int_equal(error.offset, offset);
    assert_int_equal(error.node, node);
}

static void wrong_headers_are_refused(void **state) {
    (void)state;
    assert_refused("", IDS, TOKENS, 0, 0);
    assert_refused("twotower-schema 02\n", IDS, TOKENS, 0, 0);
    assert_refused("twotower-schema 2", IDS, TOKENS, 0, 0);
    assert_refused("twotower-schema 2\nrecipe other\n", IDS, TOKENS, 18, 0);
    assert_refused("twotower-schema 2\nrecipe shared\nhash murmur3_x86_32 0000beef\n", IDS, TOKENS,
                   32, 0);
    assert_refused("twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000BEEF\n", IDS,
                   TOKENS, 32, 0);
    assert_refused("twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000bee\n", IDS, TOKENS,
                   32, 0);
    assert_refused("twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000beef\n"
                   "ids 4294967296\n",
                   IDS, TOKENS, 63, 0);
    assert_refused("twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000beef\n"
                   "ids 4294967295\ntokens 1\n",
                   IDS, TOKENS, 78, 0);
}

static void other_versions_are_named(void **state) {
    static const char *const line[] = {"twotower-schema 1\n", "twotower-schema 3\n",
                                       "twotower-schema 0\n", "twotower-schema 4294967295\n"};
    tt_schema schema;
    (void)state;
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        tt_error error = {TT_OK, 99, 99};
        assert_int_equal(read(&schema, line[i], IDS, TOKENS, &error), TT_ERR_VERSION);
        assert_true(error.status == TT_ERR_VERSION && error.offset == 0 && error.node == 0);
    }
}

static void wrong_buckets_are_refused(void **state) {
    static const char *const line[] = {
        "buckets tag 0\n",  "buckets tag 01\n",  "buckets tag\n", "buckets tag 4294967295\n",
        "buckets year 1\n", "field tags tags\n", "ids 0\n",       "buckets tag -1\n",
    };
    char lines[256];
    (void)state;
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        snprintf(lines, sizeof lines, "%s%s", MLP "buckets year 9\n", line[i]);
        assert_refused(lines, "", "", strlen(MLP "buckets year 9\n"), 0);
    }
    assert_refused(HEADER "buckets tag 4\n", IDS, TOKENS, strlen(HEADER), 0);
    assert_refused(MLP "buckets tag 1\n", "", ZERO "00000001", 0, 2);
}

static void wrong_lines_are_refused(void **state) {
    static const char *const line[] = {
        "\n",
        "colour red\n",
        "field tags\n",
        "field tags tag extra\n",
        "field tags tag",
        "field  tags tag\n",
        "field tags tag\r\n",
        "field id id\nfield id id\n",
        "field product_released_at month\n",
        "user x linear 3f800000 3f800000 1\n",
        "user x linear 3f800000 3f800000 1 1 1\n",
        "user x cubic 3f800000 3f800000 1 1\n",
        "user x linear 7f800000 3f800000 1 1\n",
        "user x linear 3f800000 7fc00000 1 1\n",
        "user x linear 3f800000 00000000 1 0\n",
        "user x linear 3f800000 bf800000 1 -1\n",
        "user x linear 3f80000 3f800000 1 1\n",
        "item x linear 3f800000 3f800000 1 1\nitem x linear 3f800000 3f800000 1 1\n",
        "twotower-schema 2\n",
    };
    char lines[512];
    (void)state;
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        const char *second = strchr(line[i], '\n');
        size_t offset = strlen(HEADER); /* of pairs, the second line is the wrong one */
        if (second && second[1] != '\0')
            offset += (size_t)(second + 1 - line[i]);
        snprintf(lines, sizeof lines, "%s%s", HEADER, line[i]);
        assert_refused(lines, IDS, TOKENS, offset, 0);
    }
}

static void wrong_keys_are_refused(void **state) {
    (void)state;
    assert_refused(HEADER, FIRST, TOKENS, 17, 1);    /* one missing */
    assert_refused(HEADER, IDS LAST, TOKENS, 34, 1); /* one too many */
    assert_refused(HEADER, IDS "f", TOKENS, 34, 1);  /* half a key */
    assert_refused(HEADER, FIRST "FFFFFFFFFFFFFFFF0", TOKENS, 17, 1);
    assert_refused(HEADER, FIRST "fffffffffffffffF0", TOKENS, 17, 1); /* upper case */
    assert_refused(HEADER, ZERO "0000000a2" LAST, TOKENS, 0, 1);      /* liked is 0 or 1 */
    assert_refused(HEADER, LAST FIRST, TOKENS, 17, 1);                /* descending */
    assert_refused(HEADER, "0000000a" ZERO "1" FIRST, TOKENS, 17, 1);
    assert_refused(HEADER, ZERO "0000000a0" FIRST, TOKENS, 17, 1); /* twice */
    assert_refused(HEADER, IDS, ZERO ZERO ZERO "0abcdef0" ZERO "0abcdef0", 32, 2);
    assert_refused(HEADER, IDS, ZERO ZERO ZERO "0abcdef0" ZERO "0abcdee0", 32, 2);
    assert_refused(HEADER, IDS,
                   ZERO ZERO ZERO "0abcdef0"
                                  "fffffffffffffff",
                   32, 2);
    assert_refused(HEADER, IDS,
                   ZERO ZERO ZERO "0abcdeg0"
                                  "fffffffffffffffe",
                   16, 2);
    assert_refused(HEADER, IDS, "", 0, 2);
    /* Keys of the version before had half the digits. */
    assert_refused(HEADER, "0000000a1ffffffff0", TOKENS, 0, 1);
}

static void too_many_is_a_limit(void **state) {
    char lines[4096];
    tt_schema schema;
    tt_error error;
    (void)state;
    for (int number = 0; number < 2; number++) {
        size_t len = (size_t)snprintf(lines, sizeof lines, "%s", HEADER), last = len;
        for (int i = 0; i <= TT_MAX_FIELDS; i++) {
            last = len;
            len += (size_t)snprintf(
                lines + len, sizeof lines - len,
                number ? "item n%d linear 3f800000 3f800000 1 1\n" : "field f%d s\n", i);
        }
        assert_int_equal(read(&schema, lines, IDS, TOKENS, &error), TT_ERR_LIMIT);
        assert_int_equal(error.offset, last);
        lines[last] = '\0';
        assert_int_equal(read(&schema, lines, IDS, TOKENS, &error), TT_OK);
    }
}

/* No byte past a cut is read: each text stands at the end of its own memory. */
static void every_cut_is_refused(void **state) {
    const char *lines = HEADER REST;
    tt_schema schema;
    (void)state;
    for (size_t len = 0; len < strlen(lines); len++) {
        char *copy = malloc(len + !len);
        assert_non_null(copy);
        memcpy(copy, lines, len);
        tt_status status =
            tt_schema_read(&schema, (tt_text){copy, len}, text(IDS), text(TOKENS), NULL);
        int whole = len >= strlen(HEADER) && lines[len - 1] == '\n';
        assert_int_equal(status, whole ? TT_OK : TT_ERR_SCHEMA);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),   cmocka_unit_test(an_empty_schema_is_one),
        cmocka_unit_test(wrong_headers_are_refused), cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(wrong_keys_are_refused),    cmocka_unit_test(too_many_is_a_limit),
        cmocka_unit_test(every_cut_is_refused),      cmocka_unit_test(buckets_are_read),
        cmocka_unit_test(wrong_buckets_are_refused), cmocka_unit_test(other_versions_are_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

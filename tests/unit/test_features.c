/* SPDX-License-Identifier: MIT */
/* The encoder: rows become sparse bags and numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inner.h"

#include <stdio.h>
#include <stdlib.h>

enum { IDS = 12, TAGS = 30, MAKERS = 5, YEARS = 4, TOKENS = TAGS + MAKERS + YEARS, SEED = 0x51 };
#define HALF_ROOT (11863283.0f / 16777216.0f) /* round(2^24 / sqrt(2)) */

/* A catalogue: ids i0 .. (even ones liked), tags t0 .., makers m0 .., some years. */
static char lines[2048], id_keys[IDS * TT_ID_KEY + 1], token_keys[TOKENS * TT_TOKEN_KEY + 1];
static tt_schema schema;
static const char *const year_token[YEARS] = {"1994", "2000", "1990", "2000"};

static tt_text text(const char *string) {
    return (tt_text){string, strlen(string)};
}

static uint64_t hash_of(const char *space, const char *token) {
    return tt_hash(SEED, text(space), text(token));
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, TT_TOKEN_KEY);
}

static int make_schema(void **state) {
    char key[TT_ID_KEY + 1], name[16];
    (void)state;
    for (int i = 0; i < IDS; i++) {
        snprintf(name, sizeof name, "i%d", i);
        snprintf(key, sizeof key, "%016llx%d", (unsigned long long)hash_of("id", name), i % 2 == 0);
        memcpy(id_keys + i * TT_ID_KEY, key, TT_ID_KEY);
    }
    qsort(id_keys, IDS, TT_ID_KEY, by_key);
    for (int i = 0; i < TOKENS; i++) {
        const char *space = "tag", *token = name;
        snprintf(name, sizeof name, "t%d", i);
        if (i >= TAGS) {
            space = "maker";
            snprintf(name, sizeof name, "m%d", i - TAGS);
        }
        if (i >= TAGS + MAKERS) {
            space = i < TAGS + MAKERS + 2 ? "year" : "year5";
            token = year_token[i - TAGS - MAKERS];
        }
        snprintf(key, sizeof key, "%016llx", (unsigned long long)hash_of(space, token));
        memcpy(token_keys + i * TT_TOKEN_KEY, key, TT_TOKEN_KEY);
    }
    qsort(token_keys, TOKENS, TT_TOKEN_KEY, by_key);
    snprintf(
        lines, sizeof lines,
        "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 %08x\nids %d\ntokens %d\n"
        "field id id\nfield tags tag\nfield maker maker\n"
        "field product_released_at year\nfield product_released_at year5\n"
        "user stars linear 40600000 3f000000 3.5 0.5\nuser stars missing 00000000 3f800000 0 1\n"
        "user reviews log1p 40000000 40800000 2 4\n"
        "item release_year linear 44fa0000 41200000 2000 10\n"
        "item release_year square 44fa0000 41200000 2000 10\n"
        "item release_year missing 00000000 3f800000 0 1\n",
        (unsigned)SEED, IDS, TOKENS);
    return tt_schema_read(&schema, text(lines), (tt_text){id_keys, IDS * TT_ID_KEY},
                          (tt_text){token_keys, TOKENS * TT_TOKEN_KEY}, NULL) != TT_OK;
}

/* By a plain scan: the row of a token, which must be known. */
static uint32_t row_of(const char *space, const char *token) {
    char key[TT_TOKEN_KEY + 1];
    int is_id = strcmp(space, "id") == 0;
    size_t stride = is_id ? TT_ID_KEY : TT_TOKEN_KEY;
    snprintf(key, sizeof key, "%016llx", (unsigned long long)hash_of(space, token));
    for (uint32_t i = 0; i < (is_id ? IDS : TOKENS); i++)
        if (!memcmp((is_id ? id_keys : token_keys) + i * stride, key, TT_TOKEN_KEY))
            return is_id ? i : IDS + i;
    fail_msg("%s %s is not in the key lists", space, token);
    return 0;
}

/* The weight of a row in a bag, 0 if it is not there. */
static float weight_of(const tt_features *features, uint32_t bag, uint32_t row) {
    for (uint32_t i = 0; i < features->count[bag]; i++)
        if (features->entry[bag][i].row == row)
            return features->entry[bag][i].weight;
    return 0;
}

static void an_items_tokens_are_weighed(void **state) {
    char memory[4096];
    tt_features features;
    tt_text tags[] = {text("t3"), text("nobody"), text("t1"), text("t3"), text("")};
    (void)state;
    tt_features_begin(&features, &schema, TT_ITEM, memory, sizeof memory);
    assert_int_equal(tt_features_text(&features, "id", text("i2")), TT_OK);
    assert_int_equal(tt_features_list(&features, "tags", tags, 5), TT_OK);
    assert_int_equal(tt_features_text(&features, "maker", text("m0")), TT_OK);
    assert_int_equal(tt_features_text(&features, "colour", text("red")), TT_OK);
    assert_int_equal(tt_features_list(&features, "tags", NULL, 0), TT_OK);
    tt_features_end(&features);
    assert_int_equal(features.count[0], 4);
    assert_true(weight_of(&features, 0, row_of("id", "i2")) == 1.0f);
    assert_true(weight_of(&features, 0, row_of("tag", "t1")) == HALF_ROOT);
    assert_true(weight_of(&features, 0, row_of("tag", "t3")) == HALF_ROOT);
    assert_true(weight_of(&features, 0, row_of("maker", "m0")) == 1.0f);
    for (uint32_t i = 1; i < features.count[0]; i++)
        assert_true(features.entry[0][i - 1].row < features.entry[0][i].row);
    assert_int_equal(features.tokens_known, 5);
    assert_int_equal(features.tokens_unknown, 1);
    assert_int_equal(features.fields_unknown, 1);
    assert_true(tt_features_entries(&features, 0) == features.entry[0]);
    assert_int_equal(tt_features_count(&features, 0), 4);
    assert_true(tt_features_numerics(&features) == features.numeric);
    const tt_entry *second = features.entry[0] + 1;
    tt_features_set(&features, 0, second, 3);
    assert_true(tt_features_entries(&features, 0) == second);
    assert_int_equal(tt_features_count(&features, 0), 3);
}

static void an_id_without_a_like_is_for_users_only(void **state) {
    char memory[4096];
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_ITEM, memory, sizeof memory);
    assert_int_equal(tt_features_text(&features, "id", text("i3")), TT_OK);
    tt_features_end(&features);
    assert_int_equal(features.count[0], 0);
    tt_features_begin(&features, &schema, TT_USER, memory, sizeof memory);
    assert_int_equal(tt_features_item(&features, TT_NEUTRAL), TT_OK);
    assert_int_equal(tt_features_text(&features, "id", text("i3")), TT_OK);
    tt_features_end(&features);
    assert_int_equal(features.count[TT_NEUTRAL], 1);
    assert_int_equal(features.entry[TT_NEUTRAL][0].row, row_of("id", "i3"));
}

static void a_bag_is_scaled_by_its_items(void **state) {
    char memory[4096];
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_USER, memory, sizeof memory);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(tt_features_item(&features, TT_LIKED), TT_OK);
        if (i < 3)
            assert_int_equal(tt_features_text(&features, "maker", text("m1")), TT_OK);
        assert_int_equal(tt_features_item(&features, TT_DISLIKED), TT_OK);
        assert_int_equal(tt_features_text(&features, "id", text(i & 1 ? "i0" : "i1")), TT_OK);
    }
    tt_features_end(&features);
    assert_int_equal(features.count[TT_LIKED], 1);
    assert_int_equal(features.count[TT_NEUTRAL], 0);
    assert_int_equal(features.count[TT_DISLIKED], 2);
    assert_true(features.entry[TT_LIKED][0].weight == 1.5f);
    assert_true(features.entry[TT_DISLIKED][1].weight == 1.0f);
}

static void items_open_only_in_bags_of_users(void **state) {
    char memory[64];
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_ITEM, memory, sizeof memory);
    assert_int_equal(tt_features_item(&features, TT_LIKED), TT_ERR_FEATURES);
    tt_features_begin(&features, &schema, TT_USER, memory, sizeof memory);
    assert_int_equal(tt_features_text(&features, "id", text("i0")), TT_ERR_FEATURES);
    assert_int_equal(tt_features_item(&features, TT_MAX_BAGS), TT_ERR_FEATURES);
}

/* ---- Numbers and dates -------------------------------------------------------------- */

static void numbers_are_scaled(void **state) {
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_USER, NULL, 0);
    tt_features_number(&features, "stars", 4.0f);
    tt_features_number(&features, "reviews", 0.0f);
    tt_features_number(&features, "height", 1.0f);
    tt_features_end(&features);
    assert_true(features.numeric[0] == 1.0f && features.numeric[1] == 0.0f);
    assert_true(features.numeric[2] == -0.5f);
    assert_int_equal(features.fields_unknown, 1);
}

static void what_is_no_number_is_missing(void **state) {
    const float infinity = tt_bits_to_float(0x7f800000), nan = tt_bits_to_float(0x7fc00000);
    const float wrong[] = {nan, infinity, -infinity};
    tt_features features;
    (void)state;
    for (int i = -1; i < 3; i++) { /* -1: nothing given */
        tt_features_begin(&features, &schema, TT_USER, NULL, 0);
        if (i >= 0) {
            tt_features_number(&features, "stars", 4.0f); /* the last one given counts */
            tt_features_number(&features, "stars", wrong[i]);
            tt_features_number(&features, "reviews", wrong[i]);
        }
        tt_features_end(&features);
        assert_true(features.numeric[0] == 0.0f && features.numeric[1] == 1.0f);
        assert_true(features.numeric[2] == 0.0f);
    }
}

/* Finite, but outside what the form can take: the feature is 0. */
static void numbers_stay_finite(void **state) {
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_USER, NULL, 0);
    tt_features_number(&features, "stars", tt_bits_to_float(0x7f7fffff));
    tt_features_number(&features, "reviews", -0.5f);
    tt_features_end(&features);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(features.numeric[i] == 0.0f);
}

static void a_date_is_a_year(void **state) {
    static const struct {
        const char *date;
        int year; /* 0: no date */
        uint32_t known, unknown;
    } sample[] = {
        {"1994-05-06", 1994, 2, 0}, {"2000", 2000, 2, 0},    {"2000-01-01T00:00:00Z", 2000, 2, 0},
        {"1997-12-31", 1997, 0, 2}, {"", 0, 0, 0},           {"94-05-06", 0, 0, 2},
        {"20000101", 0, 0, 2},      {"2000/01/01", 0, 0, 2}, {"200", 0, 0, 2},
        {"May 2000", 0, 0, 2}};
    char memory[256];
    tt_features features;
    (void)state;
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        tt_features_begin(&features, &schema, TT_ITEM, memory, sizeof memory);
        assert_int_equal(tt_features_text(&features, "product_released_at", text(sample[i].date)),
                         TT_OK);
        tt_features_end(&features);
        float z = sample[i].year ? (float)(sample[i].year - 2000) / 10.0f : 0.0f;
        assert_true(features.numeric[0] == z && features.numeric[1] == z * z);
        assert_true(features.numeric[2] == (sample[i].year ? 0.0f : 1.0f));
        assert_int_equal(features.tokens_known, sample[i].known);
        assert_int_equal(features.tokens_unknown, sample[i].unknown);
        assert_int_equal(features.count[0], sample[i].known);
        assert_int_equal(features.fields_unknown, 0);
    }
    tt_features_begin(&features, &schema, TT_ITEM, memory, sizeof memory);
    assert_int_equal(tt_features_text(&features, "product_released_at", text("1994-05-06")), TT_OK);
    tt_features_end(&features);
    assert_true(weight_of(&features, 0, row_of("year", "1994")) == 1.0f);
    assert_true(weight_of(&features, 0, row_of("year5", "1990")) == 1.0f);
}

/* ---- Order and memory ------------------------------------------------------------------ */

static uint32_t random_below(uint32_t *state, uint32_t n) {
    *state = *state * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)*state * n) >> 32);
}

enum { HISTORY = 60, ITEM_TAGS = 6 };
typedef struct history_item {
    uint32_t bag;
    char id[16], tag[ITEM_TAGS][16];
} history_item;

static void make_history(history_item *item, uint32_t *random) {
    for (int i = 0; i < HISTORY; i++) {
        item[i].bag = random_below(random, TT_MAX_BAGS);
        snprintf(item[i].id, sizeof item[i].id, "i%u", random_below(random, IDS + 3));
        for (int t = 0; t < ITEM_TAGS; t++)
            snprintf(item[i].tag[t], sizeof item[i].tag[t], "t%u", random_below(random, TAGS + 5));
    }
}

static void shuffle(history_item *item, uint32_t *random) {
    for (uint32_t i = HISTORY; i > 1; i--) {
        uint32_t j = random_below(random, i);
        history_item held = item[j];
        item[j] = item[i - 1];
        item[i - 1] = held;
    }
    for (int i = 0; i < HISTORY; i++)
        for (uint32_t t = ITEM_TAGS; t > 1; t--) {
            char held[16];
            uint32_t j = random_below(random, t);
            memcpy(held, item[i].tag[j], sizeof held);
            memcpy(item[i].tag[j], item[i].tag[t - 1], sizeof held);
            memcpy(item[i].tag[t - 1], held, sizeof held);
        }
}

static tt_status encode(tt_features *features, const history_item *item, void *memory,
                        size_t size) {
    tt_features_begin(features, &schema, TT_USER, memory, size);
    for (int i = 0; i < HISTORY; i++) {
        tt_text tags[ITEM_TAGS];
        for (int t = 0; t < ITEM_TAGS; t++)
            tags[t] = text(item[i].tag[t]);
        tt_status status = tt_features_item(features, item[i].bag);
        if (status == TT_OK)
            status = tt_features_text(features, "id", text(item[i].id));
        if (status == TT_OK)
            status = tt_features_list(features, "tags", tags, ITEM_TAGS);
        if (status != TT_OK)
            return status;
    }
    tt_features_end(features);
    return TT_OK;
}

static void assert_same(const tt_features *a, const tt_features *b) {
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        assert_int_equal(a->count[bag], b->count[bag]);
        for (uint32_t i = 0; i < a->count[bag]; i++) {
            assert_int_equal(a->entry[bag][i].row, b->entry[bag][i].row);
            assert_int_equal(tt_float_to_bits(a->entry[bag][i].weight),
                             tt_float_to_bits(b->entry[bag][i].weight));
        }
    }
    assert_int_equal(a->tokens_known, b->tokens_known);
    assert_int_equal(a->tokens_unknown, b->tokens_unknown);
}

/* Neither the order of items and tokens, nor how often memory fills up, nor its
 * alignment, changes a bit. */
static void order_changes_no_bit(void **state) {
    static char plenty[HISTORY * (ITEM_TAGS + 2) * 16], tight[TT_MAX_BAGS * (IDS + TAGS) * 32];
    static history_item item[HISTORY];
    tt_features first, again;
    uint32_t random = 1;
    (void)state;
    for (int round = 0; round < 50; round++) {
        make_history(item, &random);
        assert_int_equal(encode(&first, item, plenty, sizeof plenty), TT_OK);
        size_t distinct = first.count[0] + first.count[1] + first.count[2];
        shuffle(item, &random);
        size_t skip = random_below(&random, 16);
        assert_int_equal(encode(&again, item, tight + skip, tt_features_size(distinct, ITEM_TAGS)),
                         TT_OK);
        assert_same(&first, &again);
        assert_true(first.tokens_unknown > 0);
    }
}

/* Fills `entries` distinct rows, then gives a field of `tokens` known ones again. */
static tt_status fill(size_t entries, size_t tokens, char *memory, size_t size) {
    static char name[TAGS][16];
    tt_text tag[TAGS];
    tt_features features;
    for (uint32_t i = 0; i < TAGS; i++) {
        snprintf(name[i], sizeof name[i], "t%u", i);
        tag[i] = text(name[i]);
    }
    tt_features_begin(&features, &schema, TT_ITEM, memory, size);
    for (size_t i = 0; i < entries; i++)
        if (tt_features_text(&features, "tags", tag[i]) != TT_OK)
            return TT_ERR_SPACE;
    tt_status status = tt_features_list(&features, "tags", tag, tokens);
    if (status == TT_OK) {
        tt_features_end(&features);
        assert_int_equal(features.count[0], entries);
    }
    return status;
}

static void the_size_is_exact(void **state) {
    static const struct {
        size_t entries, tokens;
    } sample[] = {{1, 1}, {5, 3}, {20, 20}, {30, 1}, {17, 16}};
    (void)state;
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        size_t size = tt_features_size(sample[i].entries, sample[i].tokens);
        char *memory = malloc(size + 1);
        assert_non_null(memory);
        /* One past an aligned address: no byte of the size is to spare. */
        assert_int_equal(fill(sample[i].entries, sample[i].tokens, memory + 1, size), TT_OK);
        assert_int_equal(fill(sample[i].entries, sample[i].tokens, memory + 1, size - 1),
                         TT_ERR_SPACE);
        free(memory);
    }
    assert_true(tt_features_size(SIZE_MAX, 1) == SIZE_MAX);
    assert_true(tt_features_size(SIZE_MAX / 16, 1) == SIZE_MAX);
}

static void unknown_tokens_need_no_memory(void **state) {
    tt_features features;
    (void)state;
    tt_features_begin(&features, &schema, TT_ITEM, NULL, 0);
    assert_int_equal(tt_features_text(&features, "tags", text("nobody")), TT_OK);
    assert_int_equal(tt_features_text(&features, "tags", text("t0")), TT_ERR_SPACE);
    tt_features_begin(&features, &schema, TT_ITEM, NULL, 0);
    tt_features_end(&features);
    assert_int_equal(features.count[0], 0);
}

static uint32_t bucket_of(const char *tag) {
    return (uint32_t)(hash_of("tag", tag) >> 32) % 40;
}

/* A plain MLP: the row is the upper half of the hash modulo the buckets; only liked items count. */
static void a_hashed_token_has_the_row_of_its_bucket(void **state) {
    static const char mlp[] = "twotower-schema 2\nrecipe mlp\nhash murmur3_x86_32x2 00000051\n"
                              "buckets maker 5\nbuckets tag 40\nfield tags tag\nfield id tag\n"
                              "user stars linear 40000000 3f800000 2 1\n";
    const tt_text none = {NULL, 0}, tags[] = {text("t1"), text("never seen")};
    tt_schema buckets;
    tt_features features;
    uint64_t memory[64];
    (void)state;
    assert_int_equal(tt_schema_read(&buckets, text(mlp), none, none, NULL), TT_OK);
    tt_features_begin(&features, &buckets, TT_USER, memory, sizeof memory);
    assert_int_equal(tt_features_item(&features, TT_LIKED), TT_OK);
    assert_int_equal(tt_features_list(&features, "tags", tags, 2), TT_OK);
    assert_int_equal(tt_features_item(&features, TT_DISLIKED), TT_OK);
    assert_int_equal(tt_features_list(&features, "tags", tags, 2), TT_OK);
    assert_int_equal(tt_features_check(&features), TT_OK);
    assert_int_equal(tt_features_list(&features, "tag", tags, 2), TT_OK); /* counted here too */
    assert_int_equal(tt_features_item(&features, TT_LIKED), TT_OK);
    assert_int_equal(tt_features_text(&features, "id", text("x")), TT_OK);
    assert_int_equal(tt_features_text(&features, "product_released_at", text("1999")), TT_OK);
    assert_int_equal(tt_features_met(&features, TT_FIELDS_UNKNOWN), 1);
    tt_features_number(&features, "stars", 5.0f);
    tt_features_end(&features);
    assert_true(features.count[TT_LIKED] == 3 && features.count[TT_DISLIKED] == 0);
    assert_true(features.tokens_known == 3 && features.tokens_unknown == 0);
    float half = 1.0f / 1.41421354f; /* of two items */
    assert_true(weight_of(&features, 0, 5 + bucket_of("t1")) == HALF_ROOT * half);
    assert_true(weight_of(&features, 0, 5 + bucket_of("never seen")) == HALF_ROOT * half);
    assert_true(weight_of(&features, 0, 5 + bucket_of("x")) == half);
    assert_true(features.numeric[0] == 3.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_items_tokens_are_weighed),
        cmocka_unit_test(an_id_without_a_like_is_for_users_only),
        cmocka_unit_test(a_bag_is_scaled_by_its_items),
        cmocka_unit_test(items_open_only_in_bags_of_users),
        cmocka_unit_test(numbers_are_scaled),
        cmocka_unit_test(what_is_no_number_is_missing),
        cmocka_unit_test(numbers_stay_finite),
        cmocka_unit_test(a_date_is_a_year),
        cmocka_unit_test(order_changes_no_bit),
        cmocka_unit_test(the_size_is_exact),
        cmocka_unit_test(unknown_tokens_need_no_memory),
        cmocka_unit_test(a_hashed_token_has_the_row_of_its_bucket),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_schema, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The trainer's vocabulary: key lists, buckets and numbers of a schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/fields.h"
#include "kernel/maths.h"
#include "unit/test_trainer_toy.h"

#define TEXT(s) ((tt_text){s, sizeof(s) - 1})

static int has_token(const tr_vocabulary *v, const char *space, const char *token) {
    char key[TT_TOKEN_KEY + 1];
    tt_text in = {space, strlen(space)}, text = {token, strlen(token)};
    snprintf(key, sizeof key, "%016llx",
             (unsigned long long)tt_hash(v->schema.hash_seed, in, text));
    for (size_t i = 0; i < v->token_keys_len; i += TT_TOKEN_KEY)
        if (memcmp(v->token_keys + i, key, TT_TOKEN_KEY) == 0)
            return 1;
    return 0;
}

/* '1', '0', or '-' if the id is not listed. */
static char liked_bit(const tr_vocabulary *v, tt_text id) {
    char key[TT_TOKEN_KEY + 1];
    snprintf(key, sizeof key, "%016llx",
             (unsigned long long)tt_hash(v->schema.hash_seed, TEXT("id"), id));
    for (size_t i = 0; i < v->id_keys_len; i += TT_ID_KEY)
        if (memcmp(v->id_keys + i, key, TT_TOKEN_KEY) == 0)
            return v->id_keys[i + TT_TOKEN_KEY];
    return '-';
}

static void assert_ascending(const char *keys, size_t len, size_t step) {
    for (size_t i = step; i < len; i += step)
        assert_true(memcmp(keys + i - step, keys + i, TT_TOKEN_KEY) < 0);
}

static void test_vocabulary(void **state) {
    (void)state;
    static const tt_text tags[] = {{"often", 5}, {"often", 5}, {"rare", 4}, {"", 0}};
    static const tt_text twice[] = {{"inside", 6}, {"inside", 6}, {"often", 5}, {"", 0}};
    tr_item item[4] = {0};
    item[0].id = TEXT("liked");
    item[1].id = TEXT("reviewed");
    item[2].id = TEXT("new");
    item[3].id = TEXT("dateless");
    item[0].field[TR_TAGS].token = tags;
    item[0].field[TR_TAGS].count = 4;
    item[1].field[TR_TAGS].token = twice;
    item[1].field[TR_TAGS].count = 4;
    item[2].field[TR_MAKER].token = tags; /* "often" again, in another space */
    item[2].field[TR_MAKER].count = 1;
    item[0].released_at = TEXT("2004-02-29");
    item[1].released_at = TEXT("2001-12-31");
    item[2].released_at = TEXT("2004-01-01T00:00:00Z");
    item[3].released_at = TEXT("soon");
    static const uint32_t likes[4] = {1, 0, 0, 0}, reviews[4] = {1, 2, 0, 0}, history[1] = {0};
    tr_user user = {{history, NULL, NULL}, {1, 0, 0}, {1.0f, 0.0f, 5.0f, 1.0f}};
    tr_data data = {.item = item,
                    .items = 4,
                    .user = &user,
                    .users = 1,
                    .item_likes = likes,
                    .item_reviews = reviews};
    tr_vocabulary v;
    assert_int_equal(tr_vocabulary_build(&v, &data), TR_OK);
    assert_int_equal(v.schema.id_rows, 2);
    assert_int_equal(liked_bit(&v, item[0].id), '1');
    assert_int_equal(liked_bit(&v, item[1].id), '0');
    assert_int_equal(liked_bit(&v, item[2].id), '-');
    assert_true(has_token(&v, "tag", "often"));
    assert_false(has_token(&v, "tag", "rare"));
    assert_false(has_token(&v, "tag", "inside")); /* twice, but in one item */
    assert_false(has_token(&v, "tag", ""));
    assert_false(has_token(&v, "maker", "often"));
    assert_true(has_token(&v, "year", "2004"));
    assert_false(has_token(&v, "year", "2001"));
    assert_true(has_token(&v, "year5", "2000"));
    assert_int_equal(v.schema.token_rows, 3);
    assert_int_equal(v.collisions, 0);
    assert_int_equal(v.schema.numerics[TT_USER], 4);
    assert_int_equal(v.schema.numerics[TT_ITEM], 3);
    tr_vocabulary_free(&v);
    /* Nothing is missing: no line for it.  Something is missing for a user: one more. */
    item[3].released_at = TEXT("2003");
    user.number[TR_MEAN_STARS] = tr_from_bits(0x7fc00000u);
    assert_int_equal(tr_vocabulary_build(&v, &data), TR_OK);
    assert_int_equal(v.schema.numerics[TT_ITEM], 2);
    assert_int_equal(v.schema.numerics[TT_USER], 5);
    assert_true(v.schema.numeric[TT_ITEM][0].mean == 2003.0f);
    tr_vocabulary_free(&v);
}

/* Two ids and two tags that were searched for because they share a key: they share its row, and
 * the id with a like keeps it. */
static void test_collisions(void **state) {
    (void)state;
    tt_text tag[2] = {TEXT("QCd4Uru4"), TEXT("BMVNjNK5")};
    tr_item item[4] = {
        {.id = TEXT("vARyp68Hr")}, {.id = TEXT("v6EkxSFGu")}, {.id = TEXT("a")}, {.id = TEXT("b")}};
    static const uint32_t likes[4] = {1, 0, 0, 0}, reviews[4] = {1, 1, 1, 0};
    assert_true(tt_hash(0, TEXT("id"), item[0].id) == tt_hash(0, TEXT("id"), item[1].id));
    assert_true(tt_hash(0, TEXT("tag"), tag[0]) == tt_hash(0, TEXT("tag"), tag[1]));
    for (int i = 0; i < 4; i++) { /* each tag in two items */
        item[i].field[TR_TAGS].token = &tag[i / 2];
        item[i].field[TR_TAGS].count = 1;
    }
    tr_data data = {.item = item, .items = 4, .item_likes = likes, .item_reviews = reviews};
    tr_vocabulary v;
    assert_int_equal(tr_vocabulary_build(&v, &data), TR_OK);
    assert_int_equal(v.schema.id_rows, 2);
    assert_int_equal(v.schema.token_rows, 1);
    assert_int_equal(v.collisions, 4);
    assert_int_equal(liked_bit(&v, item[0].id), '1');
    assert_int_equal(liked_bit(&v, item[1].id), '1');
    assert_int_equal(liked_bit(&v, item[2].id), '0');
    assert_true(has_token(&v, "tag", "BMVNjNK5"));
    tr_vocabulary_free(&v);
    /* Tags are counted by their text: neither stands in two items, so neither has a row. */
    data.items = 3;
    item[1].field[TR_TAGS].token = &tag[1];
    item[2].field[TR_TAGS].count = 0;
    assert_int_equal(tr_vocabulary_build(&v, &data), TR_OK);
    assert_int_equal(v.schema.token_rows, 0);
    tr_vocabulary_free(&v);
}

/* 200,000 ids, of which 5 pairs would share a key of 32 bits. */
static void test_many_ids(void **state) {
    (void)state;
    enum { ITEMS = 200000 };
    tr_item *item = calloc(ITEMS, sizeof *item);
    char(*text)[TOY_TEXT] = calloc(ITEMS, sizeof *text);
    uint32_t *likes = calloc(ITEMS, sizeof *likes), *reviews = calloc(ITEMS, sizeof *reviews);
    assert_true(item && text && likes && reviews);
    for (uint32_t i = 0; i < ITEMS; i++) {
        int len = snprintf(text[i], TOY_TEXT, "%u", (unsigned)i);
        item[i].id = (tt_text){text[i], (size_t)len};
        reviews[i] = 1;
        likes[i] = 1;
    }
    tr_data data = {.item = item, .items = ITEMS, .item_likes = likes, .item_reviews = reviews};
    tr_vocabulary v;
    assert_int_equal(tr_vocabulary_build(&v, &data), TR_OK);
    assert_ascending(v.id_keys, v.id_keys_len, TT_ID_KEY);
    assert_int_equal(v.schema.id_rows, ITEMS);
    assert_int_equal(v.collisions, 0);
    for (uint32_t i = 0; i < ITEMS; i += 9999)
        assert_int_equal(liked_bit(&v, item[i].id), '1');
    tr_vocabulary_free(&v);
    free(item);
    free(text);
    free(likes);
    free(reviews);
}

/* ---- The vocabulary of a plain MLP ------------------------------------------------------- */

static uint32_t buckets_of(const tr_vocabulary *v, const char *space) {
    for (uint32_t i = 0; i < v->schema.spaces; i++)
        if (v->schema.space[i].name.len == strlen(space) &&
            memcmp(v->schema.space[i].name.at, space, strlen(space)) == 0)
            return v->schema.space[i].buckets;
    return 0;
}

static void test_buckets(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    const tr_buckets few = {3, 7}, enough = {0, -5};
    t->numbers.item = 0;
    assert_int_equal(tr_vocabulary_build_mlp(&v, &t->data, &few), TR_OK);
    assert_int_equal(v.schema.recipe, TT_RECIPE_MLP);
    assert_int_equal(buckets_of(&v, "tag"), 3);
    assert_int_equal(buckets_of(&v, "performer"), 7);
    assert_int_equal(buckets_of(&v, "maker"), 18); /* twice its 9 tokens */
    assert_true(v.collisions >= 12);               /* 15 tags in 3 buckets */
    assert_int_equal(v.schema.numerics[TT_USER], 4);
    assert_int_equal(v.schema.numerics[TT_ITEM], 3);
    tr_vocabulary_free(&v);
    t->numbers = (tr_numbers){0, 1u << TR_PRICE};
    assert_int_equal(tr_vocabulary_build_mlp(&v, &t->data, &enough), TR_OK);
    assert_int_equal(buckets_of(&v, "tag"), 30);
    assert_int_equal(buckets_of(&v, "performer"), 1); /* there is none */
    assert_int_equal(v.schema.numerics[TT_USER], 0);
    assert_int_equal(v.schema.numerics[TT_ITEM], 5);
    /* The price is z-scored over the items that have one. */
    static unsigned char memory[1 << 14];
    double sum = 0.0, squares = 0.0, priced = 0.0;
    for (uint32_t i = 0; i < TOY_ITEMS; i++) {
        tt_features features;
        tt_features_begin(&features, &v.schema, TT_ITEM, memory, sizeof memory);
        assert_int_equal(tr_encode_item(&features, &t->item[i]), TT_OK);
        assert_true(features.numeric[4] == (t->item[i].price > 0.0f ? 0.0f : 1.0f));
        sum += (double)features.numeric[3];
        squares += (double)features.numeric[3] * (double)features.numeric[3];
        priced += t->item[i].price > 0.0f;
    }
    assert_true(sum < 1e-3 && sum > -1e-3);
    assert_true(squares / priced > 0.999 && squares / priced < 1.001);
    tr_vocabulary_free(&v);
    free(t);
}

/* ---- Numbers that a tower takes where it is asked for them --------------------------------- */

static float day_of(const char *date) {
    const tr_item item = {.released_at = {date, strlen(date)}};
    return tr_item_number(&item, TR_RELEASE_DAY);
}

static void test_release_day(void **state) {
    (void)state;
    assert_true(day_of("1970-01-01") == 0.0f && day_of("1969-12-31T10:00:00Z") == -1.0f);
    assert_true(day_of("2000-02-29") == 11016.0f && day_of("2000-03-01") == 11017.0f);
    assert_true(day_of("2026-11-27") == 20784.0f && day_of("0000-01-01") == -719528.0f);
    static const char *const none[] = {"",           "2004",       "2004-05",
                                       "2004-13-01", "2004-00-01", "2004-05-32",
                                       "2004-05-00", "2004/05/01", "2004-xx-01"};
    for (size_t n = 0; n < sizeof none / sizeof *none; n++)
        assert_false(tr_finite(day_of(none[n])));
}

static const tt_numeric *numeric_of(const tr_vocabulary *v, tt_tower tower, const char *name,
                                    tt_form form) {
    for (uint32_t i = 0; i < v->schema.numerics[tower]; i++) {
        const tt_numeric *one = &v->schema.numeric[tower][i];
        if (one->form == form && one->source.len == strlen(name) &&
            !memcmp(one->source.at, name, strlen(name)))
            return one;
    }
    return NULL;
}

/* Those of the data say what is near to +-1; what is never there is only missing. */
static void test_numbers(void **state) {
    (void)state;
    toy *t = toy_create();
    tr_vocabulary v;
    double mean = 0.0;
    for (uint32_t u = 0; u < TOY_USERS; u++) {
        for (int n = TR_LIKE_COUNT; n < TR_NUMBERS; n++)
            t->user[u].number[n] = tr_from_bits(0x7fc00000u);
        t->user[u].number[TR_LIKE_COUNT] = (float)u;
        t->user[u].number[TR_HOUR_COS] = u % 2 ? 1.0f : -1.0f;
        mean += tr_log(1.0 + (double)u) / TOY_USERS;
    }
    t->numbers = (tr_numbers){(1u << TR_NUMBERS) - 1, (1u << TR_ITEM_NUMBERS) - 1};
    assert_int_equal(tr_vocabulary_build(&v, &t->data), TR_OK);
    assert_ascending(v.token_keys, v.token_keys_len, TT_TOKEN_KEY);
    for (int n = 0; n < TR_NUMBERS; n++) {
        int there = n <= TR_LIKE_COUNT || n == TR_HOUR_COS;
        tt_form form = n == TR_LIKE_COUNT || n == TR_REVIEW_COUNT ? TT_FORM_LOG1P : TT_FORM_LINEAR;
        assert_true(there == !numeric_of(&v, TT_USER, tr_number_name[n], TT_FORM_MISSING));
        assert_true(there == !!numeric_of(&v, TT_USER, tr_number_name[n], form));
    }
    const tt_numeric *likes = numeric_of(&v, TT_USER, "like_count", TT_FORM_LOG1P);
    assert_true((double)likes->mean - mean < 1e-5 && mean - (double)likes->mean < 1e-5);
    const tt_numeric *hour = numeric_of(&v, TT_USER, "hour_cos", TT_FORM_LINEAR);
    assert_true(hour->mean == 0.0f && hour->deviation == 1.0f);
    assert_non_null(numeric_of(&v, TT_ITEM, "price", TT_FORM_LINEAR));
    assert_non_null(numeric_of(&v, TT_ITEM, "release_day", TT_FORM_LINEAR));
    assert_null(numeric_of(&v, TT_ITEM, "duration_seconds", TT_FORM_LINEAR));
    assert_non_null(numeric_of(&v, TT_ITEM, "duration_seconds", TT_FORM_MISSING));
    tr_vocabulary_free(&v);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocabulary),  cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_many_ids),    cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_release_day), cmocka_unit_test(test_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

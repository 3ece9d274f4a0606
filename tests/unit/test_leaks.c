/* SPDX-License-Identifier: MIT */
/* Validation pairs that the tables hold, pairs that a run was trained on, likes that teach nothing.
 */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/leak.h"
#include "evaluation/unseen.h"
#include "test_folder.h"
#include "training/taught.h"
#include "training/train_pairs.h"

#include <math.h>
#include <string.h>

enum { ITEMS = 2000, USERS = 10 };

static char item_id[ITEMS][8], user_id[USERS][8];
static tr_item item[ITEMS];
static tr_user user[USERS];
static tt_text user_text[USERS];
static uint32_t history[USERS][2];
static interaction train[2 * USERS], val[USERS];

static const dataset_paths paths = {"train.parquet", "val.parquet", "users.parquet",
                                    "items.parquet", "video_id"};

/* User u likes 2u and 2u + 1 in train and in the history, and 100 + u in validation; u's counts are
 * of train. */
static dataset honest(void) {
    for (int i = 0; i < ITEMS; i++)
        item[i].id = (tt_text){item_id[i], (size_t)snprintf(item_id[i], 8, "v%d", i)};
    for (uint32_t u = 0; u < USERS; u++) {
        user_text[u] = (tt_text){user_id[u], (size_t)snprintf(user_id[u], 8, "u%u", u)};
        for (uint32_t n = 0; n < 2; n++) {
            history[u][n] = 2 * u + n;
            train[2 * u + n] = (interaction){u, 2 * u + n, TT_LIKED, 5, 1, INT64_MIN};
        }
        val[u] = (interaction){u, 100 + u, TT_LIKED, 5, 1, INT64_MIN};
        user[u] = (tr_user){.history = {history[u]}, .count = {2}};
        for (int n = 0; n < TR_NUMBERS; n++)
            user[u].number[n] = NAN;
        user[u].number[TR_LIKE_COUNT] = user[u].number[TR_REVIEW_COUNT] = 2;
    }
    return (dataset){.items = {.count = ITEMS, .item = item},
                     .users = {.count = USERS, .id = user_text, .user = user},
                     .train = {train, 2 * USERS, 2 * USERS},
                     .val = {val, USERS, USERS}};
}

static int refused(const dataset *data, int allow, const char *sentence) {
    int found, status = leaks_refuse(&found, data, &paths, allow);
    assert_int_equal(found, sentence != NULL);
    assert_int_equal(status, sentence && !allow ? TW_INPUT : 0);
    if (sentence && status)
        assert_non_null(strstr(fail_text(), sentence));
    fail_clear();
    return status;
}

static void test_tables(void **state) {
    (void)state;
    dataset data = honest();
    assert_false(refused(&data, 0, NULL));
    history[3][1] = 103;
    assert_true(refused(&data, 0, "1 of its 10 pairs stand in the histories of users.parquet"));
    assert_false(refused(&data, 1, "allowed"));
    data = honest();
    user[4].history[TT_DISLIKED] = &val[4].item;
    user[4].count[TT_DISLIKED] = 1;
    assert_true(refused(&data, 0, "1 of its 10 pairs stand in the histories"));
    data = honest();
    train[5].item = 102;
    train[6].item = 103;
    assert_true(refused(&data, 0, "2 of its 10 pairs of user and video are train rows too"));
    data = honest();
    for (int u = 0; u < 2; u++)
        user[u].number[TR_LIKE_COUNT] = 3;
    assert_true(refused(&data, 0, "the counts of 2 of 10 users hold their validation rows"));
    user[0].number[TR_LIKE_COUNT] = 2;
    assert_false(refused(&data, 0, NULL)); /* one of ten may be chance */
    data = honest();
    for (int u = 0; u < USERS; u++)
        user[u].number[TR_REVIEW_COUNT] = 3;
    assert_true(refused(&data, 0, "the counts of 10 of 10 users"));
    for (int u = 0; u < USERS; u++)
        user[u].number[TR_REVIEW_COUNT] = 9;
    assert_false(refused(&data, 0, NULL)); /* counts of something else */
}

/* ---- What a run was trained on -----------------------------------------------------------------
 */

static void test_pairs(void **state) {
    (void)state;
    dataset data = honest();
    unsigned char held[USERS * 2];
    uint64_t count, removed;
    char file[80];
    snprintf(file, sizeof file, "%s/train_pairs.gcs", folder);
    history[9][1] = 777; /* seen, though no train row */
    assert_int_equal(train_pairs_write(&data, folder), 0);
    assert_int_equal(train_pairs_find(held, &count, folder, &data, &data.train), 0);
    assert_int_equal(count, 2 * USERS);
    assert_int_equal(train_pairs_find(held, &count, folder, &data, &data.val), 0);
    assert_int_equal(count, 0);
    val[9].item = 777;
    val[2].item = 4;
    assert_int_equal(train_pairs_find(held, &count, folder, &data, &data.val), 0);
    assert_int_equal(count, 2);
    assert_true(held[2] && held[9] && !held[0] && !held[8]);
    assert_int_equal(unseen_keep(&data.val, &removed, folder, &data, "val", 0), TW_INPUT);
    assert_non_null(strstr(fail_text(), "trained on 2 of its 10 pairs"));
    fail_clear();
    assert_int_equal(unseen_keep(&data.val, &removed, folder, &data, "val", 0.2), 0);
    assert_int_equal(removed, 2);
    assert_int_equal(data.val.count, 8);
    for (size_t i = 0; i < data.val.count; i++)
        assert_int_not_equal(data.val.row[i].user % 7, 2);
    assert_int_equal(truncate(file, 40), 0);
    data.val = data.train;
    assert_int_equal(unseen_keep(&data.val, &removed, folder, &data, "val", 1), TW_INPUT);
    assert_non_null(strstr(fail_text(), "it is damaged"));
    fail_clear();
    assert_int_equal(unlink(file), 0);
    assert_int_equal(unseen_keep(&data.val, &removed, folder, &data, "val", 1), TW_INPUT);
    assert_non_null(strstr(fail_text(), "nothing says what the run was trained on"));
    fail_clear();
}

/* 20,000 pairs cost 26 bits each; none is lost, in whatever order they come, and of two million
 * others hardly any is found. */
static void test_many_pairs(void **state) {
    (void)state;
    enum { PAIRS = USERS * ITEMS };
    dataset data = honest();
    interaction *row = calloc(PAIRS, sizeof *row);
    unsigned char *held = calloc(PAIRS, 1);
    char file[80];
    uint64_t count, by_chance = 0;
    for (uint32_t i = 0; i < PAIRS; i++)
        row[i] = (interaction){i * 7 % USERS, i / USERS, TT_LIKED, 5, 1, 0};
    data.train = (interaction_list){row, PAIRS, PAIRS};
    assert_int_equal(train_pairs_write(&data, folder), 0);
    assert_int_equal(train_pairs_find(held, &count, folder, &data, &data.train), 0);
    assert_int_equal(count, PAIRS);
    snprintf(file, sizeof file, "%s/train_pairs.gcs", folder);
    FILE *written = fopen(file, "rb");
    assert_non_null(written);
    assert_int_equal(fseek(written, 0, SEEK_END), 0);
    assert_true(ftell(written) * 8 < PAIRS * 27 && ftell(written) * 8 > PAIRS * 24);
    fclose(written);
    for (int round = 0; round < 100; round++) {
        for (int u = 0; u < USERS; u++)
            user_text[u].len = (size_t)snprintf(user_id[u], 8, "x%d", round * USERS + u);
        assert_int_equal(train_pairs_find(held, &count, folder, &data, &data.train), 0);
        by_chance += count;
    }
    assert_true(train_pairs_by_chance(by_chance, UINT64_C(100) * PAIRS));
    assert_int_equal(unlink(file), 0);
    free(row);
    free(held);
}

static void test_chance(void **state) {
    (void)state;
    assert_true(train_pairs_by_chance(0, 0));
    assert_false(train_pairs_by_chance(1, 1000));
    assert_true(train_pairs_by_chance(1, 1 << 24));
    assert_true(train_pairs_by_chance(6, 1 << 24));
    assert_false(train_pairs_by_chance(7, 1 << 24));
}

/* ---- Likes that teach nothing -------------------------------------------------------------------
 */

static void test_taught(void **state) {
    (void)state;
    dataset data = honest();
    assert_int_equal(taught_check(&data, &paths, 1), 0);
    for (int u = 0; u < 5; u++)
        user[u].count[TT_LIKED] = 0;
    assert_int_equal(taught_check(&data, &paths, 1), 0); /* half of them: a warning */
    user[5].count[TT_LIKED] = 1;
    assert_int_equal(taught_check(&data, &paths, 1), TW_INPUT);
    assert_non_null(strstr(fail_text(), "11 of its 20 likes stand in no history"));
    fail_clear();
    assert_int_equal(taught_check(&data, &paths, 0), 0);
    data = honest();
    for (int i = 0; i < 2 * USERS; i++)
        train[i].weight = 0;
    assert_int_equal(taught_check(&data, &paths, 1), TW_INPUT);
    assert_non_null(strstr(fail_text(), "all its likes have weight 0"));
    fail_clear();
    train[3].weight = 8;
    assert_int_equal(taught_check(&data, &paths, 1), 0);
}

static int weigh(dataset *data, float weight) {
    uint64_t unknown;
    interaction_list read = {0};
    train[1].weight = weight;
    assert_int_equal(interaction_write(&data->train, path, user_text, &data->items), 0);
    int status =
        interaction_read(&read, path, "video_id", &data->users.by_id, &data->items, &unknown);
    free(read.row);
    return status;
}

static void test_weights(void **state) {
    (void)state;
    dataset data = honest();
    assert_int_equal(weigh(&data, 0), 0);
    assert_int_equal(weigh(&data, 8), 0);
    assert_int_equal(weigh(&data, 1000), 0);
    assert_int_equal(weigh(&data, 1e38f), TW_INPUT);
    assert_non_null(strstr(fail_text(), "a number from 0 to 1000 is expected"));
    fail_clear();
    assert_int_equal(weigh(&data, -1), TW_INPUT);
    fail_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),     cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_many_pairs), cmocka_unit_test(test_chance),
        cmocka_unit_test(test_taught),     cmocka_unit_test(test_weights),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

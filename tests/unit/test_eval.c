/* SPDX-License-Identifier: MIT */
/* The gate fails closed; users as decisions; videos held out; the parallel loop. */
#include "base/fail.h"
#include "base/parallel.h"
#include "evaluation/as_decisions.h"
#include "evaluation/gate.h"
#include "program/commands.h"
#include "program/options_eval.h"
#include "training/cold.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_WORDS = 8 };

/* Judges a document, given as JSON, under the words of a command line; the conditions are the
 * caller's. */
static json_t *judged(const char *document, const char *line, int *passed) {
    char copy[128], *word[MAX_WORDS], *rest = NULL;
    arguments *a = NULL;
    int words = 0, help;
    *passed = -1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
        word[words++] = one;
    assert_int_equal(arguments_parse(&a, &command_eval, words, word, &help), 0);
    gate_settings settings;
    assert_int_equal(options_gate(&settings, a), 0);
    json_t *read = json_loads(document, 0, NULL);
    assert_non_null(read);
    json_t *conditions = gate_judge(&settings, read, 20, passed);
    json_decref(read);
    arguments_free(a);
    return conditions;
}

static int passes(const char *document, const char *line) {
    int passed;
    json_decref(judged(document, line, &passed));
    return passed;
}

/* The verdict on the last condition is `verdict`; the gate passes as `passed` says. */
static void assert_last(const char *document, const char *line, const char *verdict, int passed) {
    int did;
    json_t *conditions = judged(document, line, &did);
    const json_t *last = json_array_get(conditions, json_array_size(conditions) - 1);
    assert_string_equal(json_string_value(json_object_get(last, "verdict")), verdict);
    assert_int_equal(did, passed);
    assert_int_equal(gate_unjudged(conditions) != NULL, !strcmp(verdict, "cannot be judged"));
    json_decref(conditions);
}

#define GOOD \
    "\"users\": 9, \"popularity\": {\"recall@20\": 0.2}, " \
    "\"metrics\": {\"recall@20\": 0.3, \"map@20\": 0.1}"

static void test_gate(void **state) {
    (void)state;
    assert_true(passes("{" GOOD "}", ""));
    assert_true(passes("{" GOOD "}", "--min recall@20=0.3 --min map@20=0.1"));
    assert_false(passes("{" GOOD "}", "--min recall@20=0.3 --min map@20=0.11"));
    assert_false(passes("{" GOOD "}", "--min-over-popularity 1.6"));
    assert_true(passes("{\"users\": 6}", "--min-over-popularity 0"));
}

/* What is no measure judges nothing, and what nobody reaches is not asked for. */
static void test_verdicts(void **state) {
    (void)state;
#define OF(recall, popular, most) \
    "{\"users\": 9, \"metrics\": {\"recall@20\": " recall \
    "}, \"popularity\": {\"recall@20\": " popular "}, \"reachable\": {\"recall@20\": " most "}}"
    assert_last(OF("0.3", "0.2", "1"), "", "met", 1);
    assert_last(OF("0.2", "0.2", "1"), "", "not met", 0);
    assert_last(OF("0", "0", "1"), "", "cannot be judged", 0);
    assert_last(OF("0.9", "0", "1"), "", "cannot be judged", 0);
    assert_last(OF("0.9", "null", "1"), "", "cannot be judged", 0);
    assert_last(OF("0.95", "0.9", "1"), "", "left out", 1);
    assert_last(OF("0.5", "0.4", "0.5"), "", "left out", 1);
    assert_last(OF("0.5", "0.4", "0.6"), "", "not met", 0);
    assert_last(OF("0.5", "0.4", "0.5"), "--min-over-popularity 0 --min recall@20=0.6", "left out",
                1);
    assert_last("{\"users\": 5}", "--min-over-popularity 0", "cannot be judged", 0);
    assert_last("{\"users\": 0}", "--min-over-popularity 0", "cannot be judged", 0);
    assert_last("{\"users\": 6, \"cold\": {\"users\": 5}}", "--min-over-popularity 0 --cold",
                "cannot be judged", 0);
}

static void test_options(void **state) {
    (void)state;
    char *const beyond[] = {"--min", "recall@20=30"}, *const bits[] = {"--min", "novelty@20=9"};
    arguments *a = NULL;
    gate_settings settings;
    int help;
    assert_int_equal(arguments_parse(&a, &command_eval, 2, (char **)(uintptr_t)beyond, &help), 0);
    assert_int_equal(options_gate(&settings, a), TW_USAGE);
    arguments_free(a);
    assert_int_equal(arguments_parse(&a, &command_eval, 2, (char **)(uintptr_t)bits, &help), 0);
    assert_int_equal(options_gate(&settings, a), 0);
    arguments_free(a);
    fail_clear();
}

static void test_what_cannot_be_measured_fails(void **state) {
    (void)state;
    const char *none = "--min-over-popularity 0";
    assert_false(passes("{}", none));
    assert_false(passes("{\"users\": 0}", none));
    assert_false(passes("{\"users\": null}", none));
    assert_false(passes("{" GOOD "}", "--min recall@21=0"));
    assert_false(passes("{" GOOD "}", "--min auc=-5"));
    assert_false(passes("{\"users\": 9, \"popularity\": {\"recall@20\": 0.2}}", ""));
    assert_false(passes("{\"users\": 9, \"metrics\": {\"recall@20\": 0.2}}", ""));
    assert_false(passes("{\"users\": 9, \"metrics\": {\"recall@20\": 1}, "
                        "\"popularity\": {\"recall@20\": null}}",
                        ""));
    assert_false(passes("{\"users\": 9, \"metrics\": {\"recall@20\": null}}",
                        "--min-over-popularity 0 --min recall@20=-1"));
    assert_false(passes("{\"users\": 9, \"metrics\": {\"recall@20\": \"0.9\"}}",
                        "--min-over-popularity 0 --min recall@20=0"));
}

static void test_parts_of_the_document(void **state) {
    (void)state;
    assert_true(passes("{" GOOD ", \"cold\": {\"users\": 6, \"metrics\": {\"recall@20\": 0.4}}}",
                       "--cold --min cold.recall@20=0.4"));
    assert_false(passes("{" GOOD ", \"cold\": {\"users\": 6, \"metrics\": {\"recall@20\": 0.4}}}",
                        "--cold --min cold.map@20=0"));
    assert_false(passes("{" GOOD "}", "--min cold.recall@20=0"));
    assert_false(passes("{" GOOD "}", "--min as_decisions.recall@20=0"));
    assert_false(passes("{" GOOD "}", "--cold"));
    assert_false(passes("{" GOOD ", \"cold\": {\"users\": 0}}", "--cold"));
    assert_true(passes("{" GOOD ", \"as_decisions\": {\"metrics\": {\"recall@20\": 0.4}}}",
                       "--min as_decisions.recall@20=0.3"));
}

static void test_baseline(void **state) {
    (void)state;
#define DIFF(recall, map) \
    "{" GOOD ", \"baseline_diff\": {\"recall@20\": {" BOTH recall "}, \"map@20\": {" BOTH map "}}}"
#define BOTH "\"users\": 6, \"before\": 0.3, \"drop_low\": "
    const char *by = "--baseline old", *strict = "--baseline old --max-drop 0";
    assert_true(passes(DIFF("0.05", "-0.2"), by));
    assert_false(passes(DIFF("0.0501", "-0.2"), by));
    assert_false(passes(DIFF("-0.2", "0.0501"), by));
    assert_true(passes(DIFF("0", "0"), strict));
    assert_false(passes(DIFF("0.001", "0"), strict));
    assert_false(passes(DIFF("null", "0"), by));
    assert_false(passes(DIFF("0", "null"), by));
    assert_false(passes("{" GOOD "}", by));
    assert_false(passes("{" GOOD ", \"baseline_diff\": null}", by));
    assert_false(passes("{" GOOD ", \"baseline_diff\": {\"error\": \"no run\"}}", by));
    const char *few = "{\"users\": 5, \"before\": 0.3, \"drop_low\": 0}";
    const char *nothing = "{\"users\": 9, \"before\": 0, \"drop_low\": 0}";
    for (int i = 0; i < 2; i++) {
        char document[512];
        snprintf(document, sizeof document,
                 "{" GOOD ", \"baseline_diff\": {\"recall@20\": %s, \"map@20\": %s}}",
                 i ? nothing : few, i ? nothing : few);
        assert_last(document, by, "cannot be judged", 0);
    }
}

/* ---- Users as decisions ------------------------------------------------------------------- */

static void test_as_decisions(void **state) {
    (void)state;
    static const uint32_t list[] = {0, 1, 2, 3, 4};
    static tr_user user[3] = {
        {.history = {list, list + 3, list + 4}, .count = {3, 1, 1}, .number = {0.6f, 0.2f, 4, 5}},
        {.history = {list, list + 3, list}, .count = {0, 1, 0}, .number = {0, 0, 3, 1}},
    };
    static interaction row[] = {{0, 0, TT_LIKED, 5, 1, 10},    {0, 1, TT_LIKED, 4, 1, 11},
                                {0, 2, TT_LIKED, 4, 1, 12},    {0, 3, TT_NEUTRAL, 3, 1, 13},
                                {0, 4, TT_DISLIKED, 1, 1, 14}, {1, 3, TT_NEUTRAL, 3, 1, 10},
                                {0, 5, TT_DISLIKED, 1, 1, 99}};
    dataset data = {.users = {.count = 2, .user = user, .as_of = 20}, .train = {row, 7, 7}};
    tr_user *made = as_decisions(&data);
    assert_int_equal(made[0].count[TT_LIKED], 3);
    assert_int_equal(made[0].count[TT_NEUTRAL], 0);
    assert_int_equal(made[0].count[TT_DISLIKED], 1);
    assert_ptr_equal(made[0].history[TT_LIKED], list);
    assert_true(made[0].number[TR_LIKE_RATIO] == 0.75f);
    assert_true(made[0].number[TR_DISLIKE_RATIO] == 0.25f);
    assert_true(isnan(made[0].number[TR_MEAN_STARS]));
    assert_true(made[0].number[TR_REVIEW_COUNT] == 4);
    assert_int_equal(made[1].count[TT_NEUTRAL], 0);
    assert_true(isnan(made[1].number[TR_LIKE_RATIO]) && isnan(made[1].number[TR_DISLIKE_RATIO]));
    assert_true(made[1].number[TR_REVIEW_COUNT] == 0);
    free(made);
}

/* ---- Videos held out ---------------------------------------------------------------------- */

static void test_cold(void **state) {
    (void)state;
    enum { ITEMS = 1000 };
    static char id[ITEMS][8];
    static tr_item item[ITEMS];
    for (int i = 0; i < ITEMS; i++)
        item[i].id = (tt_text){id[i], (size_t)snprintf(id[i], sizeof id[i], "v%d", i)};
    item_table items = {.count = ITEMS, .item = item};
    cold_items few = {0}, more = {0}, other = {0};
    cold_by_hash(&few, &items, 0.1, 1);
    cold_by_hash(&more, &items, 0.2, 1);
    cold_by_hash(&other, &items, 0.1, 2);
    assert_true(few.count > 70 && few.count < 130 && more.count > few.count);
    assert_true(memcmp(few.mask, other.mask, ITEMS) != 0);
    uint32_t cold = 0, warm = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        assert_true(more.mask[i] >= few.mask[i]);
        cold = few.mask[i] ? i : cold;
        warm = few.mask[i] ? warm : i;
    }
    interaction row[] = {{0, cold, TT_LIKED, 5, 1, 1},
                         {0, warm, TT_LIKED, 5, 1, 1},
                         {1, cold, TT_DISLIKED, 1, 1, 1}};
    interaction_set all = {.rows = {row, 3, 3}};
    split parts = {0};
    interaction_add(&parts.train, &row[0]);
    interaction_add(&parts.train, &row[1]);
    interaction_add(&parts.val, &row[2]);
    cold_hold_out(&few, &parts, &all);
    assert_int_equal(parts.train.count, 1);
    assert_int_equal(parts.train.row[0].item, warm);
    assert_int_equal(parts.val.count, 1);
    assert_int_equal(few.rows.count, 2);
    split_free(&parts);
    cold_free(&few);
    cold_free(&more);
    cold_free(&other);
}

/* ---- The parallel loop --------------------------------------------------------------------- */

enum { ROWS = 1003 };

static int count_rows(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    uint32_t *times = context;
    if (thread >= 7 || begin >= end || end > ROWS)
        return TW_USAGE;
    for (uint32_t i = begin; i < end; i++)
        times[i]++;
    return 0;
}

static int fail_on_row_500(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    (void)context;
    (void)thread;
    return begin <= 500 && 500 < end ? (fail)(TW_INPUT, "row 500") : 0;
}

static void test_parallel(void **state) {
    (void)state;
    for (uint32_t threads = 1; threads < 8; threads++) {
        uint32_t times[ROWS] = {0};
        assert_int_equal(parallel_for("counting", threads, ROWS, 10, count_rows, times), 0);
        for (int i = 0; i < ROWS; i++)
            assert_int_equal(times[i], 1);
        assert_int_equal(parallel_for("failing", threads, ROWS, 10, fail_on_row_500, NULL),
                         TW_INPUT);
        assert_string_equal(fail_text(), "row 500");
        fail_clear();
    }
    assert_int_equal(parallel_for("nothing", 4, 0, 10, count_rows, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gate),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_what_cannot_be_measured_fails),
        cmocka_unit_test(test_parts_of_the_document),
        cmocka_unit_test(test_baseline),
        cmocka_unit_test(test_as_decisions),
        cmocka_unit_test(test_cold),
        cmocka_unit_test(test_parallel),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

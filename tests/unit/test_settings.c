/* SPDX-License-Identifier: MIT */
/* What a command asks for without options is what the settings of its room are by default. */
#include "base/fail.h"
#include "program/commands.h"
#include "program/options_eval.h"
#include "program/options_live.h"
#include "program/options_prep.h"
#include "program/options_train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The command with one option and its value, or NULL. */
static arguments *parsed(const command *of, char *name, char *value) {
    char *word[] = {name, value};
    arguments *given;
    int help;
    assert_int_equal(arguments_parse(&given, of, name ? 2 : 0, word, &help), 0);
    return given;
}

static void test_prep(void **state) {
    (void)state;
    char name[] = "--input", value[] = "reviews.csv";
    arguments *given = parsed(&command_prep, name, value);
    const prep_settings by_default = prep_settings_default();
    prep_settings asked;
    assert_int_equal(options_prep(&asked, given), 0);
    assert_int_equal(asked.inputs, 1);
    assert_string_equal(asked.input[0], "reviews.csv");
    assert_int_equal(asked.mode, by_default.mode);
    assert_true(asked.rules.min_stars == by_default.rules.min_stars);
    assert_true(asked.rules.max_negative_stars == by_default.rules.max_negative_stars);
    assert_int_equal(asked.rules.weight_by_stars, by_default.rules.weight_by_stars);
    assert_int_equal(asked.split, by_default.split);
    assert_true(asked.val_ratio == by_default.val_ratio);
    assert_true(asked.cold_ratio == by_default.cold_ratio);
    assert_int_equal(asked.negatives, by_default.negatives);
    assert_int_equal(asked.max_history, by_default.max_history);
    assert_true(asked.as_of == by_default.as_of);
    assert_int_equal(asked.seed, by_default.seed);
    assert_string_equal(asked.run_id, by_default.run_id);
    assert_string_equal(asked.out_dir, by_default.out_dir);
    assert_null(asked.user_key);
    arguments_free(given);
}

static void same_options(const tr_options *a, const tr_options *b) {
    assert_int_equal(a->dim, b->dim);
    assert_int_equal(a->hidden, b->hidden);
    assert_int_equal(a->epochs, b->epochs);
    assert_int_equal(a->batch, b->batch);
    assert_int_equal(a->threads, b->threads);
    assert_int_equal(a->seed, b->seed);
    assert_true(a->lr == b->lr);
    assert_int_equal(a->loss, b->loss);
    assert_int_equal(a->negatives, b->negatives);
    assert_int_equal(a->patience, b->patience);
    assert_int_equal(a->teacher, b->teacher);
    assert_int_equal(a->sampling, b->sampling);
}

static void same_training(char *recipe, tr_recipe which) {
    char name[] = "--recipe";
    arguments *given = parsed(&command_train, name, recipe);
    const train_settings by_default = train_settings_default(which);
    train_settings asked;
    json_t *record;
    assert_int_equal(options_train(&asked, &record, given), 0);
    assert_int_equal(asked.options.recipe, which);
    same_options(&asked.options, &by_default.options);
    assert_int_equal(asked.buckets.tags, by_default.buckets.tags);
    assert_int_equal(asked.buckets.performers, by_default.buckets.performers);
    assert_int_equal(asked.numbers.user, by_default.numbers.user);
    assert_int_equal(asked.numbers.item, by_default.numbers.item);
    assert_int_equal(asked.choose_epochs, by_default.choose_epochs);
    assert_int_equal(asked.fixed_negatives, by_default.fixed_negatives);
    assert_string_equal(asked.run_id, by_default.run_id);
    assert_string_equal(asked.out_dir, by_default.out_dir);
    assert_true(asked.checkpoint_seconds == by_default.checkpoint_seconds);
    assert_string_equal(json_string_value(json_object_get(record, "recipe")), recipe);
    assert_null(json_object_get(record, "threads"));
    assert_null(json_object_get(record, "train"));
    json_decref(record);
    arguments_free(given);
}

static void test_train(void **state) {
    (void)state;
    char shared[] = "shared", mlp[] = "mlp";
    same_training(shared, TR_SHARED);
    same_training(mlp, TR_MLP);
}

static void test_eval(void **state) {
    (void)state;
    arguments *given = parsed(&command_eval, NULL, NULL);
    const eval_settings by_default = eval_settings_default();
    eval_settings asked;
    assert_int_equal(options_eval(&asked, given), 0);
    assert_string_equal(asked.root, by_default.root);
    assert_string_equal(asked.run_id, by_default.run_id);
    assert_int_equal(asked.k, by_default.k);
    assert_int_equal(asked.threads, by_default.threads);
    assert_int_equal(asked.as_decisions, by_default.as_decisions);
    assert_int_equal(asked.gate.mins, 0);
    assert_true(asked.gate.min_over_popularity == by_default.gate.min_over_popularity);
    assert_true(asked.gate.max_drop == by_default.gate.max_drop);
    assert_int_equal(asked.gate.cold, by_default.gate.cold);
    assert_null(asked.gate.baseline);
    arguments_free(given);
}

static void test_embed_users(void **state) {
    (void)state;
    arguments *given = parsed(&command_embed_users, NULL, NULL);
    const embed_users_settings by_default = embed_users_settings_default();
    embed_users_settings asked;
    assert_int_equal(options_embed_users(&asked, given), 0);
    assert_string_equal(asked.output_dir, by_default.output_dir);
    assert_int_equal(asked.min_interactions, by_default.min_interactions);
    assert_int_equal(asked.limit, by_default.limit);
    assert_int_equal(asked.max_history, by_default.max_history);
    assert_int_equal(asked.recent_hours, by_default.recent_hours);
    assert_true(asked.as_of == by_default.as_of);
    arguments_free(given);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_prep), cmocka_unit_test(test_train),
                                       cmocka_unit_test(test_eval),
                                       cmocka_unit_test(test_embed_users)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

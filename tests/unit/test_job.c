/* SPDX-License-Identifier: MIT */
/* A job has every option of its steps, and each step gets what was given. */
#include "base/fail.h"
#include "program/arguments.h"
#include "program/commands.h"
#include "program/jobs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const command *command;
    const job_step *steps;
} jobs[] = {{&command_run, run_steps},
            {&command_sync_videos, sync_videos_steps},
            {&command_sync_users, sync_users_steps}};
enum { JOBS = sizeof jobs / sizeof *jobs, MAX_WORDS = 16 };

static const option *find(const command *of, const char *name) {
    for (const option *one = of->options; one->name; one++)
        if (!strcmp(one->name, name))
            return one;
    return NULL;
}

static int is_word(const char *words, const char *name) {
    char list[256], wanted[80];
    snprintf(list, sizeof list, " %s ", words);
    snprintf(wanted, sizeof wanted, " %s ", name);
    return strstr(list, wanted) != NULL;
}

static void has_all_of(const command *whole, const job_step *step) {
    char renamed[JOB_NAME];
    for (const option *one = step->command->options; one->name; one++) {
        job_option_name(renamed, step->command, one->name);
        const int decided = one->type != OPTION_VARIABLE && is_word(step->decided, one->name);
        const option *own = find(whole, renamed), *plain = find(whole, one->name);
        if (decided ? own != NULL : !own && !plain)
            fail_msg("%s: --%s of %s is %s", whole->name, one->name, step->command->name,
                     decided ? "decided, and taken" : "missing");
        if (own && (own->type != one->type || strcmp(own->help, one->help) != 0))
            fail_msg("%s: --%s is not that of %s", whole->name, renamed, step->command->name);
        if (!decided && !own && plain->type != one->type)
            fail_msg("%s: --%s is of another type than that of %s", whole->name, one->name,
                     step->command->name);
    }
}

static void a_job_has_every_option_of_its_steps(void **state) {
    (void)state;
    for (size_t i = 0; i < JOBS; i++) {
        size_t steps = 0;
        for (const job_step *step = jobs[i].steps; step->command; step++, steps++)
            has_all_of(jobs[i].command, step);
        assert_true(steps > 1);
    }
}

static void what_a_job_decides_is_an_option_of_the_step(void **state) {
    (void)state;
    for (size_t i = 0; i < JOBS; i++)
        for (const job_step *step = jobs[i].steps; step->command; step++) {
            char words[256], *rest = NULL;
            snprintf(words, sizeof words, "%s", step->decided);
            for (char *one = strtok_r(words, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
                assert_non_null(find(step->command, one));
        }
}

static void no_name_stands_twice(void **state) {
    (void)state;
    for (size_t i = 0; i < JOBS; i++)
        for (const option *one = jobs[i].command->options; one->name; one++)
            assert_ptr_equal(find(jobs[i].command, one->name), one);
}

static arguments *parsed(const command *of, const char *line) {
    char copy[256], *word[MAX_WORDS], *rest = NULL;
    arguments *given;
    int words = 0, help;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *one = strtok_r(copy, " ", &rest); one; one = strtok_r(NULL, " ", &rest))
        word[words++] = one;
    assert_int_equal(arguments_parse(&given, of, words, word, &help), 0);
    return given;
}

static const job_step *step_of(const job_step *steps, const command *wanted) {
    while (steps->command != wanted)
        steps++;
    return steps;
}

static void the_name_of_a_step_goes_to_that_step(void **state) {
    (void)state;
    arguments *given = parsed(&command_run, "--cold held.csv --eval-cold --seed 3 --prep-seed 9 "
                                            "--input a.csv --input b.csv --out-dir art");
    arguments *prep = arguments_of_step(given, step_of(run_steps, &command_prep));
    arguments *train = arguments_of_step(given, step_of(run_steps, &command_train));
    arguments *eval = arguments_of_step(given, step_of(run_steps, &command_eval));
    assert_string_equal(option_text(prep, "cold"), "held.csv");
    assert_true(option_flag(eval, "cold"));
    assert_int_equal(option_count(train, "seed"), 3);
    assert_int_equal(option_count(prep, "seed"), 9);
    assert_int_equal(option_list_size(prep, "input"), 2);
    assert_string_equal(option_list(prep, "input", 1), "b.csv");
    assert_string_equal(option_text(train, "out-dir"), "art");
    assert_string_equal(option_text(prep, "out-dir"), "ml/data"); /* the job decides it */
    assert_int_equal(option_known(eval, "input"), 0);
    arguments_free(eval);
    arguments_free(train);
    arguments_free(prep);
    arguments_free(given);
}

static void a_step_keeps_its_defaults(void **state) {
    (void)state;
    arguments *given = parsed(&command_run, "--eval-cold=no");
    arguments *prep = arguments_of_step(given, step_of(run_steps, &command_prep));
    arguments *eval = arguments_of_step(given, step_of(run_steps, &command_eval));
    assert_true(option_number(prep, "max-negative-stars") == 2);
    assert_int_equal(option_typed(prep, "max-negative-stars"), 0);
    assert_int_equal(option_count(prep, "seed"), 0);
    assert_int_equal(option_given(prep, "cold"), 0);
    assert_int_equal(option_flag(eval, "cold"), 0);
    option_default(prep, "max-negative-stars", "3");
    assert_true(option_number(prep, "max-negative-stars") == 3);
    arguments_free(eval);
    arguments_free(prep);
    arguments_free(given);
    given = parsed(&command_run, "--max-negative-stars 1");
    prep = arguments_of_step(given, step_of(run_steps, &command_prep));
    option_default(prep, "max-negative-stars", "3");
    assert_true(option_number(prep, "max-negative-stars") == 1);
    arguments_free(prep);
    arguments_free(given);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_has_every_option_of_its_steps),
        cmocka_unit_test(what_a_job_decides_is_an_option_of_the_step),
        cmocka_unit_test(no_name_stands_twice),
        cmocka_unit_test(the_name_of_a_step_goes_to_that_step),
        cmocka_unit_test(a_step_keeps_its_defaults),
    };
    run_options();
    sync_videos_options();
    sync_users_options();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

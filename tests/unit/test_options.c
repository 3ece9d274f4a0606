/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "program/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int no_run(const arguments *given) {
    (void)given;
    return 0;
}

static const option table[] = {
    {"min-stars", OPTION_COUNT, "N", "4", "TEST_MIN_STARS", NULL, "least stars of a like"},
    {"val-ratio", OPTION_NUMBER, "X", "0.2", NULL, NULL, "part held out"},
    {"db-url", OPTION_TEXT, "URL", NULL, "TEST_DB_URL", NULL, "the catalogue store"},
    {"mode", OPTION_CHOICE, NULL, "reviews", "TEST_MODE", "reviews|explicit", "kind of labels"},
    {"as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL, "the time that features are taken at"},
    {"min", OPTION_LIST, "NAME=VALUE", NULL, NULL, NULL, "a least value of a metric"},
    {"dry-run", OPTION_FLAG, NULL, NULL, "TEST_DRY_RUN", NULL, "write nothing"},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, NULL, NULL}};
static const command plain = {"test", "tests", NULL, NULL, table, no_run};
static const command with_operands = {"test", "tests", "FILE", "twotower test FILE", table, no_run};

enum { MOST = 16 };

/* Parses the given words (the last one is NULL). */
static int parse(arguments **given, const command *of, ...) {
    char *argv[MOST];
    int argc = 0, help;
    va_list list;
    va_start(list, of);
    for (char *word; (word = va_arg(list, char *)) != NULL;)
        argv[argc++] = word;
    va_end(list);
    fail_clear();
    return arguments_parse(given, of, argc, argv, &help);
}

static void refuses(int status, const char *part, int got) {
    assert_int_equal(got, status);
    if (!strstr(fail_text(), part))
        fail_msg("'%s' does not hold '%s'", fail_text(), part);
}

static char file_name[] = "/tmp/test_options.XXXXXX";

static char *file_with(const char *text) {
    FILE *file = fopen(file_name, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return file_name;
}

static void defaults_and_forms(void **state) {
    (void)state;
    arguments *given;
    assert_int_equal(parse(&given, &plain, NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 4);
    assert_true(option_number(given, "val-ratio") == 0.2);
    assert_null(option_text(given, "db-url"));
    assert_int_equal(option_given(given, "db-url"), 0);
    assert_string_equal(option_text(given, "progress"), "auto");
    assert_int_equal(option_flag(given, "dry-run"), 0);
    arguments_free(given);
    assert_int_equal(parse(&given, &plain, "--min-stars", "3", "--val-ratio=-1e-3", "--dry-run",
                           "--as-of", "1970-01-02", "--min", "a=1", "--min=b=2", "--min-stars=5",
                           "--json=no", NULL),
                     0);
    assert_int_equal(option_count(given, "min-stars"), 5);
    assert_true(option_number(given, "val-ratio") == -1e-3);
    assert_int_equal(option_flag(given, "dry-run"), 1);
    assert_int_equal(option_flag(given, "json"), 0);
    assert_int_equal(option_instant(given, "as-of"), 86400);
    assert_int_equal(option_list_size(given, "min"), 2);
    assert_string_equal(option_list(given, "min", 1), "b=2");
    arguments_free(given);
}

static void operands(void **state) {
    (void)state;
    arguments *given;
    assert_int_equal(parse(&given, &with_operands, "a", "--dry-run", "-", "--", "--b", NULL), 0);
    assert_int_equal(operand_count(given), 3);
    assert_string_equal(operand(given, 1), "-");
    assert_string_equal(operand(given, 2), "--b");
    arguments_free(given);
    refuses(TW_USAGE, "unexpected argument 'a'", parse(&given, &plain, "a", NULL));
    assert_int_equal(parse(&given, &plain, "--dry-run", "--", "--min-stars", "3", NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 3);
    assert_true(option_flag(given, "dry-run"));
    arguments_free(given);
    refuses(TW_USAGE, "unexpected argument 'a'", parse(&given, &plain, "--", "a", NULL));
}

static void wrong_values(void **state) {
    (void)state;
    arguments *given;
    refuses(TW_USAGE, "--min-stars: a whole number from 0 is expected, got 'x'",
            parse(&given, &plain, "--min-stars", "x", NULL));
    refuses(TW_USAGE, "got '-1'", parse(&given, &plain, "--min-stars=-1", NULL));
    refuses(TW_USAGE, "got '18446744073709551616'",
            parse(&given, &plain, "--min-stars=18446744073709551616", NULL));
    static const char *const no_number[] = {"nan", "inf", "0x1p3", "1e999", " 1", "1 ", ""};
    for (size_t i = 0; i < sizeof no_number / sizeof *no_number; i++)
        refuses(TW_USAGE, "--val-ratio: a number is expected",
                parse(&given, &plain, "--val-ratio", no_number[i], NULL));
    refuses(TW_USAGE, "--mode: one of reviews|explicit is expected, got 'review'",
            parse(&given, &plain, "--mode", "review", NULL));
    refuses(TW_USAGE, "--as-of: a time", parse(&given, &plain, "--as-of", "today", NULL));
    refuses(TW_USAGE, "--dry-run: true or false", parse(&given, &plain, "--dry-run=2", NULL));
    refuses(TW_USAGE, "--mode: a value is expected (reviews|explicit)",
            parse(&given, &plain, "--mode", "--dry-run", NULL));
}

static void misspelt(void **state) {
    (void)state;
    arguments *given;
    refuses(TW_USAGE, "no option --min-satrs; did you mean --min-stars?",
            parse(&given, &plain, "--min-satrs=3", NULL));
    refuses(TW_USAGE, "did you mean --quiet?", parse(&given, &plain, "--quite", NULL));
    refuses(TW_USAGE, "no option --epochs; see --help", parse(&given, &plain, "--epochs", NULL));
    refuses(TW_USAGE, "no option -x", parse(&given, &plain, "-x", NULL));
}

static void stronger_origin_wins(void **state) {
    (void)state;
    arguments *given;
    char config[] = "/tmp/test_options.XXXXXX";
    int fd = mkstemp(config);
    assert_true(fd >= 0);
    const char text[] = "# comment\n min-stars = 1 # one\r\nmin=a\nmin = b\n\ndry-run = yes\n";
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    char *env = file_with("TEST_MIN_STARS=2\n");
    assert_int_equal(parse(&given, &plain, "--config", config, NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 1);
    assert_int_equal(option_list_size(given, "min"), 2);
    assert_int_equal(option_flag(given, "dry-run"), 1);
    arguments_free(given);
    assert_int_equal(parse(&given, &plain, "--config", config, "--env-file", env, NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 2);
    arguments_free(given);
    setenv("TEST_MIN_STARS", "3", 1);
    setenv("TEST_DRY_RUN", "", 1);
    assert_int_equal(
        parse(&given, &plain, "--config", config, "--env-file", env, "--min", "c", NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 3);
    assert_int_equal(option_flag(given, "dry-run"), 0);
    assert_int_equal(option_list_size(given, "min"), 1);
    arguments_free(given);
    assert_int_equal(
        parse(&given, &plain, "--env-file", env, "--min-stars", "6", "--dry-run", NULL), 0);
    assert_int_equal(option_count(given, "min-stars"), 6);
    assert_int_equal(option_flag(given, "dry-run"), 1);
    arguments_free(given);
    unsetenv("TEST_MIN_STARS");
    unsetenv("TEST_DRY_RUN");
    unlink(config);
}

static void empty_variables(void **state) {
    (void)state;
    static const option guarded[] = {{"run-id", OPTION_TEXT, "ID", NULL, "TEST_RUN", NULL, "a run"},
                                     VARIABLE("TWOTOWER_USER_KEY", "a key"),
                                     {0}};
    static const command guard = {"test", "tests", NULL, NULL, guarded, no_run};
    arguments *given;
    setenv("TWOTOWER_USER_KEY", "", 1);
    refuses(TW_USAGE, "the variable TWOTOWER_USER_KEY is set and empty",
            parse(&given, &guard, NULL));
    assert_int_equal(parse(&given, &plain, NULL), 0); /* does not read it */
    arguments_free(given);
    refuses(TW_USAGE, "TWOTOWER_USER_KEY is set and empty",
            parse(&given, &guard, "--env-file", file_with("TWOTOWER_USER_KEY=0123\n"), NULL));
    unsetenv("TWOTOWER_USER_KEY");
    refuses(TW_INPUT, ":2: TWOTOWER_USER_KEY is empty",
            parse(&given, &guard, "--env-file", file_with("A=1\nTWOTOWER_USER_KEY=\n"), NULL));
    setenv("TWOTOWER_PUBLIC_KEYS", "", 1);
    refuses(TW_USAGE, "TWOTOWER_PUBLIC_KEYS is set and empty", parse(&given, &plain, NULL));
    unsetenv("TWOTOWER_PUBLIC_KEYS");
    setenv("TEST_RUN", "", 1);
    assert_int_equal(parse(&given, &guard, NULL), 0);
    assert_null(option_text(given, "run-id"));
    assert_true(variable_is_empty(given, "TEST_RUN"));
    assert_false(variable_is_empty(given, "TEST_OTHER"));
    arguments_free(given);
    refuses(TW_USAGE, "TEST_RUN is set and empty, and ",
            parse(&given, &guard, "--env-file", file_with("TEST_RUN=r1\n"), NULL));
    unsetenv("TEST_RUN");
}

static void env_file_lines(void **state) {
    (void)state;
    arguments *given;
    char *env = file_with("\xef\xbb\xbf# comment\n\nexport A=one\nB = two\n");
    refuses(TW_INPUT, ":4: NAME=VALUE is expected", parse(&given, &plain, "--env-file", env, NULL));
    env = file_with("\xef\xbb\xbf# comment\n"
                    "export A=one # not this\r\n"
                    "B=\"two words # and \\\"more\\\" \\$HOME\" # comment\n"
                    "  C='$(date) \\n'\n"
                    "D=\n"
                    "E=a#b  \n"
                    "A=last");
    assert_int_equal(parse(&given, &plain, "--env-file", env, NULL), 0);
    assert_string_equal(environment_value(given, "A"), "last");
    assert_string_equal(environment_value(given, "B"), "two words # and \"more\" $HOME");
    assert_string_equal(environment_value(given, "C"), "$(date) \\n");
    assert_null(environment_value(given, "D"));
    assert_string_equal(environment_value(given, "E"), "a#b");
    assert_null(environment_value(given, "F_NOT_SET"));
    arguments_free(given);
}

/* Whatever is wrong with it, the text SECRET never stands in the sentence. */
static void secrets_are_not_shown(void **state) {
    (void)state;
    static const char *const broken[] = {"A=1\nSECRET\n",           "KEY='SECRET\n",
                                         "KEY=\"x\"SECRET\n",       "1KEY=SECRET\n",
                                         "TEST_MIN_STARS=SECRET\n", "TEST_MODE=SECRET\n"};
    arguments *given;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        int status = parse(&given, &plain, "--env-file", file_with(broken[i]), NULL);
        refuses(TW_INPUT, file_name, status);
        assert_null(strstr(fail_text(), "SECRET"));
    }
    setenv("TEST_MIN_STARS", "SECRET", 1);
    refuses(TW_USAGE, "the variable TEST_MIN_STARS: ", parse(&given, &plain, NULL));
    assert_null(strstr(fail_text(), "SECRET"));
    unsetenv("TEST_MIN_STARS");
    static const char *const word[] = {"--db-url=postgres://u:SECRET@example.org/db",
                                       "--dburl=postgres://u:SECRET@example.org/db",
                                       "postgres://u:SECRET@example.org/db"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        assert_int_equal(parse(&given, &plain, word[i], NULL), TW_USAGE);
        assert_null(strstr(fail_text(), "SECRET"));
    }
}

static void passwords_in_urls(void **state) {
    (void)state;
    static const char *const refused[] = {"postgres://u:p@db.example.org/x",
                                          "postgres://u:p@127.0.0.1.example.org/x",
                                          "postgres://u:p@localhost,db.example.org/",
                                          "postgres://u:p@localhost/x?host=db.example.org",
                                          "postgres://db.example.org/x?password=p",
                                          "https://u:a@b@localhost.example.org",
                                          "postgres://u:p@[::2]:5432/x",
                                          "host=db.example.org password=p"};
    static const char *const taken[] = {
        "postgres://u:p@localhost:5432/x", "postgres://u:p@127.0.0.1/x", "postgres://u:p@[::1]:1/x",
        "postgres://u@db.example.org/x",   "https://example.org/a:b@c",  "file:DIR"};
    arguments *given;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        refuses(TW_USAGE, "--db-url: a password does not belong on the command line",
                parse(&given, &plain, "--db-url", refused[i], NULL));
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        assert_int_equal(parse(&given, &plain, "--db-url", taken[i], NULL), 0);
        assert_string_equal(option_text(given, "db-url"), taken[i]);
        arguments_free(given);
    }
    char *env = file_with("STORE=postgres://u:p@db.example.org/x\n");
    assert_int_equal(parse(&given, &plain, "--env-file", env, "--db-url", "env:STORE", NULL), 0);
    assert_string_equal(option_text(given, "db-url"), "postgres://u:p@db.example.org/x");
    arguments_free(given);
    setenv("TEST_DB_URL", "postgres://u:p@db.example.org/x", 1);
    assert_int_equal(parse(&given, &plain, NULL), 0);
    arguments_free(given);
    unsetenv("TEST_DB_URL");
    refuses(TW_USAGE, "is not set", parse(&given, &plain, "--db-url", "env:NOT_SET_AT_ALL", NULL));
}

static void config_lines(void **state) {
    (void)state;
    arguments *given;
    refuses(TW_INPUT, ":2: this command has no option 'epochs'",
            parse(&given, &plain, "--config", file_with("mode=explicit\nepochs = 3\n"), NULL));
    refuses(TW_INPUT, ":1: option = value is expected",
            parse(&given, &plain, "--config", file_with("mode explicit\n"), NULL));
    refuses(TW_INPUT, ":1: min-stars: a whole number from 0 is expected, got 'x'",
            parse(&given, &plain, "--config", file_with("min-stars = x\n"), NULL));
    refuses(TW_INPUT, "belongs on the command line",
            parse(&given, &plain, "--config", file_with("config = y\n"), NULL));
    refuses(TW_IO, "/tmp/test_options.none: cannot open",
            parse(&given, &plain, "--config", "/tmp/test_options.none", NULL));
}

/* The help names every option and fits 80 columns. */
static void help_fits(void **state) {
    (void)state;
    int saved = dup(STDOUT_FILENO);
    fflush(stdout);
    assert_non_null(freopen(file_name, "w", stdout));
    command_help(&with_operands);
    fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    FILE *file = fopen(file_name, "r");
    char line[256], text[8192] = "";
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        assert_true(strlen(line) <= 80);
        strncat(text, line, sizeof text - strlen(text) - 1);
    }
    fclose(file);
    static const char *const part[] = {"Usage: twotower test [options] FILE\n",
                                       "--min-stars N",
                                       "--mode reviews|explicit",
                                       "(default 4; variable",
                                       "--env-file FILE",
                                       "--progress auto|never|always",
                                       "  twotower test FILE\n",
                                       "Exit status: 0 done"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (!strstr(text, part[i]))
            fail_msg("the help has no '%s':\n%s", part[i], text);
}

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(file_name);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(file_name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_and_forms),
        cmocka_unit_test(operands),
        cmocka_unit_test(wrong_values),
        cmocka_unit_test(misspelt),
        cmocka_unit_test(stronger_origin_wins),
        cmocka_unit_test(empty_variables),
        cmocka_unit_test(env_file_lines),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(passwords_in_urls),
        cmocka_unit_test(config_lines),
        cmocka_unit_test(help_fits),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_file, remove_file);
}

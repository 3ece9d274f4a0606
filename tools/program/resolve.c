/* SPDX-License-Identifier: MIT */
/* Which value an option has, and whether it is one that it may have. */
#include "base/fail.h"
#include "base/message.h"
#include "base/secret.h"
#include "base/url.h"
#include "program/arguments.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Is it the name of an option that takes a URL? */
static int is_url(const char *name) {
    size_t len = strlen(name);
    return len >= 4 && strcmp(name + len - 4, "-url") == 0;
}

int truth_of(const char *text) {
    static const char *const yes[] = {"1", "true", "yes"}, *const no[] = {"", "0", "false", "no"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (strcmp(text, yes[i]) == 0)
            return 1;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (strcmp(text, no[i]) == 0)
            return 0;
    return -1;
}

/* A sentence that begins with the place where the value stands.  A value of the environment
 * may be a secret put under the wrong name: it is not shown. */
static int refuse(const arguments *given, size_t at, const char *expected, const char *text) {
    const option *one = &given->table[at];
    const option_value *value = &given->value[at];
    switch (value->origin) {
    case FROM_ENVIRONMENT:
        return fail(TW_USAGE, "the variable %s: %s", one->environment, expected);
    case FROM_ENV_FILE:
        return fail(TW_INPUT, "%s:%zu: %s: %s", option_text(given, "env-file"), value->line,
                    one->environment, expected);
    case FROM_CONFIG:
        return fail(TW_INPUT, "%s:%zu: %s: %s%s%s%s", option_text(given, "config"), value->line,
                    one->name, expected, text ? ", got '" : "", text ? text : "", text ? "'" : "");
    default:
        return fail(TW_USAGE, "--%s: %s%s%s%s", one->name, expected, text ? ", got '" : "",
                    text ? text : "", text ? "'" : "");
    }
}

static int is_count(const char *text) {
    char *end;
    if (!isdigit((unsigned char)*text))
        return 0;
    errno = 0;
    (void)strtoull(text, &end, 10);
    return !*end && errno == 0;
}

/* Decimal only: no blanks, hexadecimal digits, "nan" or "inf". */
static int is_number(const char *text) {
    char *end;
    if (!*text || strspn(text, "0123456789+-.eE") != strlen(text))
        return 0;
    return isfinite(strtod(text, &end)) && !*end;
}

static int is_choice(const char *choices, const char *text) {
    size_t len = strlen(text);
    for (const char *at = choices; *at;) {
        size_t word = strcspn(at, "|");
        if (word == len && memcmp(at, text, len) == 0)
            return 1;
        at += word;
        at += *at == '|';
    }
    return 0;
}

static int check_flag(arguments *given, size_t at) {
    option_value *value = &given->value[at];
    int truth = truth_of(value->text[0]);
    if (truth < 0)
        return refuse(given, at, "true or false is expected", value->text[0]);
    option_add(given, at, "1", truth ? 1 : 0, value->origin, value->line);
    return 0;
}

static int check_choice(const arguments *given, size_t at, const char *text) {
    if (is_choice(given->table[at].choices, text))
        return 0;
    char *expected = xasprintf("one of %s is expected", given->table[at].choices);
    int status = refuse(given, at, expected, text);
    free(expected);
    return status;
}

/* env:NAME: the value of that variable. */
static int resolve_variable(arguments *given, size_t at, size_t item) {
    option_value *value = &given->value[at];
    const char *text = value->text[item], *found = environment_value(given, text + 4);
    if (!found)
        return refuse(given, at, "the variable that env: names is not set", text);
    char *copy = xstrndup(found, strlen(found));
    free(value->text[item]);
    value->text[item] = copy;
    value->origin = FROM_ENVIRONMENT;
    return 0;
}

/* A URL with a password stays off the command line; env:NAME names the variable that has it. */
static int resolve_url(arguments *given, size_t at, size_t item) {
    option_value *value = &given->value[at];
    if (value->origin == FROM_COMMAND_LINE && url_leaks_password(value->text[item]))
        return refuse(given, at,
                      "a password does not belong on the command line; put the URL into a "
                      "variable and give env:NAME",
                      NULL);
    if (url_is_torn(value->text[item]))
        return refuse(given, at, url_torn, NULL);
    int status = strncmp(value->text[item], "env:", 4) ? 0 : resolve_variable(given, at, item);
    secret_keep_url(value->text[item]);
    return status;
}

static int check(arguments *given, size_t at) {
    option_value *value = &given->value[at];
    const char *text = value->text[0];
    int64_t instant;
    int status = 0;
    switch (given->table[at].type) {
    case OPTION_FLAG:
        return check_flag(given, at);
    case OPTION_CHOICE:
        return check_choice(given, at, text);
    case OPTION_COUNT:
        return is_count(text) ? 0 : refuse(given, at, "a whole number from 0 is expected", text);
    case OPTION_NUMBER:
        return is_number(text) ? 0 : refuse(given, at, "a number is expected", text);
    case OPTION_INSTANT:
        if (instant_parse(text, strlen(text), &instant) == 0)
            return 0;
        return refuse(given, at, "a time such as 2025-10-31 or 2025-10-31T09:38:31Z is expected",
                      text);
    case OPTION_TEXT:
    case OPTION_LIST:
    case OPTION_VARIABLE:
        break;
    }
    for (size_t i = 0; !status && is_url(given->table[at].name) && i < value->count; i++)
        status = resolve_url(given, at, i);
    return status;
}

/* An empty value says something for a flag only; for the others it means: not set. */
static int says_something(const option *one, const char *text) {
    return text && (*text || one->type == OPTION_FLAG);
}

static void fill(arguments *given, size_t at, const setting_file *config) {
    const option *one = &given->table[at];
    option_origin origin = FROM_DEFAULT;
    size_t line = 0;
    const char *text = NULL;
    if (one->environment)
        text = variable_find(given, one->environment, &origin, &line);
    if (says_something(one, text)) {
        option_add(given, at, text, strlen(text), origin, line);
        return;
    }
    for (size_t i = 0; i < config->count; i++) {
        const setting_line *entry = &config->entry[i];
        if (strcmp(entry->name, one->name) == 0 && says_something(one, entry->value))
            option_add(given, at, entry->value, strlen(entry->value), FROM_CONFIG, entry->line);
    }
    if (!given->value[at].count && one->fallback)
        option_add(given, at, one->fallback, strlen(one->fallback), FROM_DEFAULT, 0);
}

int options_resolve(arguments *given, const setting_file *config) {
    int status = 0;
    for (size_t i = 0; !status && i < given->options; i++) {
        if (!given->value[i].count)
            fill(given, i, config);
        if (given->value[i].count)
            status = check(given, i);
    }
    return status;
}

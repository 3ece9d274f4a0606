/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "program/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const option common_options[] = {
    {"env-file", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "read variables (NAME=VALUE lines) that the environment does not set"},
    {"config", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "read options (option = value lines) that are not given otherwise"},
    {"json", OPTION_FLAG, NULL, NULL, NULL, NULL, "print the result as one JSON document"},
    {"quiet", OPTION_FLAG, NULL, NULL, NULL, NULL, "print results, warnings and errors only"},
    {"progress", OPTION_CHOICE, NULL, "auto", NULL, "auto|never|always",
     "show progress on stderr; auto: on a terminal"},
    {"help", OPTION_FLAG, NULL, NULL, NULL, NULL, "print this help"},
    {NULL, OPTION_FLAG, NULL, NULL, NULL, NULL, NULL}};

int option_is_own(const command *of, const char *name) {
    for (const option *one = of->options; one && one->name; one++)
        if (strcmp(one->name, name) == 0)
            return 1;
    return 0;
}

int option_find(const arguments *given, const char *name, size_t len) {
    for (size_t i = 0; i < given->options; i++)
        if (strlen(given->table[i].name) == len && memcmp(given->table[i].name, name, len) == 0)
            return (int)i;
    return -1;
}

void option_add(arguments *given, size_t at, const char *text, size_t len, option_origin origin,
                size_t line) {
    option_value *value = &given->value[at];
    if (given->table[at].type != OPTION_LIST)
        while (value->count)
            free(value->text[--value->count]);
    value->text = xgrow(value->text, value->count, &value->capacity, sizeof *value->text);
    value->text[value->count++] = xstrndup(text, len);
    value->origin = origin;
    value->line = line;
}

void arguments_free(arguments *given) {
    if (!given)
        return;
    for (size_t i = 0; i < given->options; i++) {
        for (size_t j = 0; j < given->value[i].count; j++)
            free(given->value[i].text[j]);
        free(given->value[i].text);
    }
    for (size_t i = 0; i < given->operands; i++)
        free(given->operand[i]);
    if (!given->borrows)
        setting_file_free(&given->environment);
    free(given->operand);
    free(given->value);
    free(given->table);
    free(given);
}

const char *variable_find(const arguments *given, const char *name, option_origin *origin,
                          size_t *line) {
    const char *text = getenv(name);
    *origin = FROM_ENVIRONMENT;
    *line = 0;
    if (text)
        return text;
    const setting_line *entry = setting_file_find(&given->environment, name);
    if (!entry)
        return NULL;
    *origin = FROM_ENV_FILE;
    *line = entry->line;
    return entry->value;
}

const char *environment_value(const arguments *given, const char *name) {
    option_origin origin;
    size_t line;
    const char *text = variable_find(given, name, &origin, &line);
    return text && *text ? text : NULL;
}

int variable_is_empty(const arguments *given, const char *name) {
    option_origin origin;
    size_t line;
    const char *text = variable_find(given, name, &origin, &line);
    return text && !*text;
}

static const option_value *value_of(const arguments *given, const char *name) {
    int at = option_find(given, name, strlen(name));
    if (at < 0) {
        fprintf(stderr, "a command asks for an option --%s that it does not have\n", name);
        abort();
    }
    return &given->value[at];
}

int option_given(const arguments *given, const char *name) {
    return value_of(given, name)->count > 0;
}

int option_typed(const arguments *given, const char *name) {
    const option_value *value = value_of(given, name);
    return value->count && value->origin == FROM_COMMAND_LINE;
}

int option_known(const arguments *given, const char *name) {
    return option_find(given, name, strlen(name)) >= 0;
}

const char *option_text(const arguments *given, const char *name) {
    const option_value *value = value_of(given, name);
    return value->count ? value->text[value->count - 1] : NULL;
}

int option_flag(const arguments *given, const char *name) {
    const char *text = option_text(given, name);
    return text && *text;
}

/* The three below were checked by options_resolve. */
uint64_t option_count(const arguments *given, const char *name) {
    const char *text = option_text(given, name);
    return text ? strtoull(text, NULL, 10) : 0;
}

double option_number(const arguments *given, const char *name) {
    const char *text = option_text(given, name);
    return text ? strtod(text, NULL) : 0.0;
}

int64_t option_instant(const arguments *given, const char *name) {
    const char *text = option_text(given, name);
    int64_t seconds = 0;
    if (text)
        (void)instant_parse(text, strlen(text), &seconds);
    return seconds;
}

size_t option_list_size(const arguments *given, const char *name) {
    return value_of(given, name)->count;
}

const char *option_list(const arguments *given, const char *name, size_t at) {
    return value_of(given, name)->text[at];
}

void option_default(arguments *given, const char *name, const char *text) {
    if (!option_given(given, name) || value_of(given, name)->origin == FROM_DEFAULT)
        option_add(given, (size_t)option_find(given, name, strlen(name)), text, strlen(text),
                   FROM_DEFAULT, 0);
}

const char *const *option_texts(const arguments *given, const char *name) {
    return (const char *const *)value_of(given, name)->text;
}

size_t operand_count(const arguments *given) {
    return given->operands;
}

const char *operand(const arguments *given, size_t at) {
    return given->operand[at];
}

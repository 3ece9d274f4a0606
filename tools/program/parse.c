/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/url.h"
#include "program/arguments.h"

#include <stdlib.h>
#include <string.h>

static size_t table_size(const option *table) {
    size_t n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

arguments *arguments_new(const command *of) {
    arguments *given = xcalloc(1, sizeof *given);
    size_t own = table_size(of->options), common = table_size(common_options);
    given->table = xcalloc(own + common, sizeof *given->table);
    given->value = xcalloc(own + common, sizeof *given->value);
    for (size_t i = 0; i < own; i++)
        if (of->options[i].type != OPTION_VARIABLE)
            given->table[given->own++] = of->options[i];
    given->options = given->own;
    for (size_t i = 0; i < common; i++)
        if (!option_is_own(of, common_options[i].name))
            given->table[given->options++] = common_options[i];
    return given;
}

/* The file must be known before the variables that it holds. */
const char *env_file(const arguments *given) {
    const char *path = option_text(given, "env-file");
    const option *one = &given->table[option_find(given, "env-file", strlen("env-file"))];
    if (!path && one->environment)
        path = getenv(one->environment);
    return path && *path ? path : NULL;
}

static int refuse_name(const arguments *given, const char *lead, const char *name, size_t len) {
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < given->options; i++) {
        size_t distance = name_distance(name, len, given->table[i].name);
        if (distance < best) {
            best = distance;
            nearest = given->table[i].name;
        }
    }
    int shown = len > 60 ? 60 : (int)len;
    if (nearest && name_is_near(best, len))
        return fail(TW_USAGE, "there is no option %s%.*s; did you mean --%s?", lead, shown, name,
                    nearest);
    return fail(TW_USAGE, "there is no option %s%.*s; see --help", lead, shown, name);
}

static int take_operand(arguments *given, const command *of, const char *text) {
    if (!of->operands) {
        if (url_has_password(text))
            return fail(TW_USAGE, "an unexpected argument (a URL with a password, not shown)");
        return fail(TW_USAGE, "unexpected argument '%s'; this command takes options only", text);
    }
    given->operand =
        xgrow(given->operand, given->operands, &given->operand_capacity, sizeof *given->operand);
    given->operand[given->operands++] = xstrndup(text, strlen(text));
    return 0;
}

/* argv[*at] begins with "--": the option, with its value behind '=' or in the next argument. */
static int take_option(arguments *given, int argc, char **argv, int *at) {
    const char *name = argv[*at] + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    int found = option_find(given, name, len);
    if (found < 0)
        return refuse_name(given, "--", name, len);
    const option *one = &given->table[found];
    const char *value = equals ? equals + 1 : NULL;
    if (one->type == OPTION_FLAG && !value)
        value = "1";
    if (!value && *at + 1 < argc && (strncmp(argv[*at + 1], "--", 2) != 0))
        value = argv[++*at];
    if (!value)
        return fail(TW_USAGE, "--%s: a value is expected (%s)", one->name,
                    one->placeholder ? one->placeholder
                    : one->choices   ? one->choices
                                     : "VALUE");
    option_add(given, (size_t)found, value, strlen(value), FROM_COMMAND_LINE, 0);
    return 0;
}

static int parse_command_line(arguments *given, const command *of, int argc, char **argv) {
    int status = 0, options = 1;
    for (int i = 0; !status && i < argc; i++) {
        /* A command without operands has nothing but options behind "--". */
        if (options && strcmp(argv[i], "--") == 0)
            options = !of->operands;
        else if (options && strncmp(argv[i], "--", 2) == 0)
            status = take_option(given, argc, argv, &i);
        else if (options && argv[i][0] == '-' && argv[i][1])
            status = refuse_name(given, "-", argv[i] + 1, strcspn(argv[i] + 1, "="));
        else
            status = take_operand(given, of, argv[i]);
    }
    return status;
}

static int asks_for_help(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return 1;
    return 0;
}

static int check_config_names(const arguments *given, const setting_file *config,
                              const char *path) {
    for (size_t i = 0; i < config->count; i++) {
        const setting_line *entry = &config->entry[i];
        int at = option_find(given, entry->name, strlen(entry->name));
        if (at >= 0 && (strcmp(entry->name, "help") == 0 || strcmp(entry->name, "config") == 0 ||
                        strcmp(entry->name, "env-file") == 0))
            return fail(TW_INPUT, "%s:%zu: the option %s belongs on the command line", path,
                        entry->line, entry->name);
        if (at < 0)
            return fail(TW_INPUT, "%s:%zu: this command has no option '%.60s'", path, entry->line,
                        entry->name);
    }
    return 0;
}

int arguments_parse(arguments **parsed, const command *of, int argc, char **argv, int *help) {
    arguments *given = arguments_new(of);
    setting_file config = {NULL, 0, 0};
    *parsed = NULL;
    *help = asks_for_help(argc, argv);
    int status = *help ? 0 : parse_command_line(given, of, argc, argv);
    const char *env_path = env_file(given);
    const char *config_path = option_text(given, "config");
    if (!status && env_path)
        status = setting_file_read_env(&given->environment, env_path);
    variables_mask(given);
    if (!status && !*help)
        status = variables_check(given, of);
    if (!status && config_path)
        status = setting_file_read_config(&config, config_path);
    if (!status && config_path)
        status = check_config_names(given, &config, config_path);
    if (!status && !*help)
        status = options_resolve(given, &config);
    setting_file_free(&config);
    if (status) {
        arguments_free(given);
        return status;
    }
    *parsed = given;
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* env: which variables the commands read, from the tables that they are parsed by. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"check", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "say which are set; exit status 1 when one that is needed is missing"},
    {0},
};

enum { MOST = 128 }; /* variables of all commands */

typedef struct variable {
    const char *name, *help;
    const char *one_of; /* NULL: optional */
    int set, missing;
} variable;

typedef struct listing {
    const arguments *arguments;
    variable one[MOST];
    size_t count;
    size_t commands; /* that were asked for */
} listing;

/* Is one of the names `a|b|c` set? */
static int any_set(const arguments *a, const char *names) {
    int found = 0;
    char *copy = xstrndup(names, strlen(names)), *rest = NULL;
    for (char *name = strtok_r(copy, "|", &rest); name; name = strtok_r(NULL, "|", &rest))
        found = found || environment_value(a, name);
    free(copy);
    return found;
}

static variable *find(listing *all, const char *name) {
    for (size_t i = 0; i < all->count; i++)
        if (!strcmp(all->one[i].name, name))
            return &all->one[i];
    if (all->count == MOST)
        return NULL;
    all->one[all->count] = (variable){.name = name};
    return &all->one[all->count++];
}

static int add(listing *all, const option *from) {
    const arguments *a = all->arguments;
    variable *to = find(all, from->environment);
    if (!to)
        return fail(TW_USAGE, "there are more than %d variables", (int)MOST);
    if (!to->help)
        to->help = from->help;
    to->set = environment_value(a, to->name) != NULL;
    if (from->type != OPTION_VARIABLE || !from->choices)
        return 0;
    to->one_of = from->choices;
    to->missing = !any_set(a, from->choices) && (!from->fallback || any_set(a, from->fallback));
    return 0;
}

/* Is it the command that was asked for, or one of the group? */
static int is_wanted(const arguments *a, const command *one) {
    const char *at = one->name;
    for (size_t i = 0; i < operand_count(a); i++) {
        size_t len = strlen(operand(a, i));
        if (strncmp(at, operand(a, i), len) != 0 || (at[len] && at[len] != ' '))
            return 0;
        at += len;
        at += *at == ' ';
    }
    return 1;
}

static int collect(listing *all) {
    int status = 0;
    for (const command *const *one = commands; *one; one++) {
        if (!is_wanted(all->arguments, *one))
            continue;
        all->commands++;
        for (const option *from = (*one)->options; !status && from->name; from++)
            if (from->environment)
                status = add(all, from);
    }
    if (!status && !all->commands)
        status = fail(TW_USAGE, "there is no command of that name; see twotower --help");
    return status;
}

static const char *state_of(const variable *one, int check) {
    if (!check)
        return one->one_of ? "needed" : "";
    return one->set ? "set" : one->missing ? "MISSING" : "-";
}

/* "A, B": the names that are missing, or NULL; the caller frees it. */
static char *missing_names(const listing *all) {
    char *text = NULL;
    for (size_t i = 0; i < all->count; i++) {
        if (!all->one[i].missing)
            continue;
        char *longer = xasprintf("%s%s%s", text ? text : "", text ? ", " : "", all->one[i].name);
        free(text);
        text = longer;
    }
    return text;
}

static int report(const listing *all, int check) {
    json_t *document = json_array();
    char *missing = check ? missing_names(all) : NULL;
    for (size_t i = 0; i < all->count; i++) {
        const variable *one = &all->one[i];
        json_t *entry = json_pack("{s:s, s:b, s:s?, s:s}", "name", one->name, "needed",
                                  one->one_of != NULL, "one_of", one->one_of, "help", one->help);
        if (check) {
            json_object_set_new(entry, "set", json_boolean(one->set));
            json_object_set_new(entry, "missing", json_boolean(one->missing));
        }
        json_array_append_new(document, entry);
        result_line("%-28s %-8s %s", one->name, state_of(one, check), one->help);
        if (check && one->missing && strchr(one->one_of, '|'))
            result_line("%-37s one of %s", "", one->one_of);
    }
    if (!all->count)
        result_line("no variable is read");
    int status = 0;
    if (json_wanted())
        status =
            result_json(json_pack("{s:b, s:o}", "missing", missing != NULL, "variables", document));
    else
        json_decref(document);
    if (!status)
        status = result_flush();
    if (!status && missing)
        status = fail(TW_NEGATIVE, "missing: %s; set them, or name a file by --env-file", missing);
    free(missing);
    return status;
}

static int run(const arguments *a) {
    listing *all = xcalloc(1, sizeof *all);
    all->arguments = a;
    int status = collect(all);
    if (!status)
        status = report(all, option_flag(a, "check"));
    free(all);
    return status;
}

const command command_env = {
    "env",
    "list the variables that a command reads, and with --check which are set; never a value",
    "[COMMAND]",
    "twotower env --check sync videos\ntwotower env --check publish --env-file docker/env/prd.env",
    options,
    run,
};

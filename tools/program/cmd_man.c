/* SPDX-License-Identifier: MIT */
/* man: the manual page, from the tables that the commands are parsed by. */
#include "base/fail.h"
#include "base/message.h"
#include "program/arguments.h"
#include "program/commands.h"
#include "twotower.h"

#include <stdlib.h>

static const option options[] = {{0}};

/* Text as roff shows it: a backslash, a hyphen that can be typed, no control character
 * at the start of a line; the caller frees it. */
static char *roff(const char *text) {
    size_t len = 0;
    for (const char *at = text; *at; at++)
        len += *at == '\\' || *at == '-' ? 2 : 1;
    char *out = xmalloc(len + 3), *to = out;
    if (*text == '.' || *text == '\'') {
        *to++ = '\\';
        *to++ = '&';
    }
    for (const char *at = text; *at; at++) {
        if (*at == '\\' || *at == '-')
            *to++ = '\\';
        *to++ = *at == '\\' ? 'e' : *at;
    }
    *to = 0;
    return out;
}

static void put(const char *lead, const char *text) {
    char *line = roff(text);
    result_own("%s%s", lead, line);
    free(line);
}

static void put_options(const option *table) {
    for (; table && table->name; table++) {
        if (table->type == OPTION_VARIABLE)
            continue;
        char *left = option_left(table), *right = option_right(table);
        result_own(".TP");
        put(".B ", left);
        put("", right);
        free(left);
        free(right);
    }
}

static void put_command(const command *one) {
    char *usage = xasprintf("twotower %s [options]%s%s", one->name, one->operands ? " " : "",
                            one->operands ? one->operands : "");
    put(".SS ", one->name);
    put("", one->summary);
    result_own(".PP");
    put(".B ", usage);
    put_options(one->options);
    char *names = variable_names(one->options);
    if (names) {
        result_own(".PP");
        put("Variables: ", names);
        free(names);
    }
    if (one->example) {
        result_own(".PP\nExample:\n.PP\n.nf");
        put("", one->example);
        result_own(".fi");
    }
    free(usage);
}

static int run(const arguments *a) {
    (void)a;
    result_own(".TH TWOTOWER 1 \"\" \"twotower " TT_VERSION_STRING "\" \"User commands\"");
    result_own(".SH NAME\ntwotower \\- trains, evaluates, releases and serves a two\\-tower "
               "recommender");
    result_own(".SH SYNOPSIS\n.B twotower\n.I COMMAND\n[options]");
    result_own(".SH OPTIONS OF EVERY COMMAND");
    put_options(common_options);
    result_own(".SH COMMANDS");
    for (const command *const *one = commands; *one; one++)
        put_command(*one);
    result_own(".SH EXIT STATUS");
    put("", exit_statuses);
    return result_flush();
}

const command command_man = {
    "man",   "print the manual page of all commands, in roff",
    NULL,    "twotower man >twotower.1; man ./twotower.1",
    options, run,
};

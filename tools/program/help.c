/* SPDX-License-Identifier: MIT */
#include "program/arguments.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 79, WIDEST_LEFT = 26 };

const char exit_statuses[] =
    "Exit status: 0 done, 1 negative answer, 2 usage, 3 input or model refused, "
    "4 file error, 5 database, 6 network, 7 interrupted, 8 conflict.";

/* Prints words from column `from` on (the cursor stands there), in lines of WIDTH
 * columns; later lines are indented to `indent`. */
static void put_wrapped(const char *text, int from, int indent) {
    int at = from, empty = 1;
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (!empty && at + 1 + word > WIDTH) {
            printf("\n%*s", indent, "");
            at = indent;
            empty = 1;
        }
        printf("%s%.*s", empty ? "" : " ", word, text);
        at += word + !empty;
        empty = 0;
        text += word;
        text += *text == ' ';
    }
    putchar('\n');
}

char *option_left(const option *one) {
    const char *value = one->placeholder ? one->placeholder : one->choices ? one->choices : "VALUE";
    if (one->type == OPTION_FLAG)
        return xasprintf("--%s", one->name);
    return xasprintf("--%s %s", one->name, value);
}

char *option_right(const option *one) {
    int choices = one->choices && one->placeholder, first = 1;
    char *text = xasprintf("%s", one->help ? one->help : "");
    struct {
        const char *lead, *value;
    } part[] = {{"one of ", choices ? one->choices : NULL},
                {"default ", one->fallback && *one->fallback ? one->fallback : NULL},
                {"variable ", one->environment},
                {"repeatable", one->type == OPTION_LIST ? "" : NULL}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].value) {
            char *longer =
                xasprintf("%s%s%s%s", text, first ? " (" : "; ", part[i].lead, part[i].value);
            free(text);
            text = longer;
            first = 0;
        }
    if (!first) {
        char *longer = xasprintf("%s)", text);
        free(text);
        text = longer;
    }
    return text;
}

static int left_width(const option *table, size_t n) {
    int width = 0;
    for (size_t i = 0; i < n; i++) {
        if (table[i].type == OPTION_VARIABLE)
            continue;
        char *left = option_left(&table[i]);
        int len = (int)strlen(left);
        if (len > width && len <= WIDEST_LEFT)
            width = len;
        free(left);
    }
    return width;
}

static void put_options(const command *of, const char *title, const option *table, size_t n,
                        int width) {
    const int indent = width + 4;
    if (n)
        printf("\n%s:\n", title);
    for (size_t i = 0; i < n; i++) {
        if (table[i].type == OPTION_VARIABLE ||
            (table == common_options && option_is_own(of, table[i].name)))
            continue;
        char *left = option_left(&table[i]), *right = option_right(&table[i]);
        int len = (int)strlen(left);
        if (len > width)
            printf("  %s\n%*s", left, indent, "");
        else
            printf("  %s%*s", left, width - len + 2, "");
        put_wrapped(right, indent, indent);
        free(left);
        free(right);
    }
}

char *variable_names(const option *table) {
    char *text = NULL;
    for (; table && table->name; table++) {
        if (table->type != OPTION_VARIABLE)
            continue;
        char *longer = text ? xasprintf("%s, %s", text, table->name) : xasprintf("%s", table->name);
        free(text);
        text = longer;
    }
    return text;
}

static void put_variables(const option *table) {
    char *names = variable_names(table);
    if (names) {
        fputs("\nVariables (twotower env says more):\n  ", stdout);
        put_wrapped(names, 2, 2);
    }
    free(names);
}

static void put_examples(const char *text) {
    fputs("\nExample:\n", stdout);
    while (*text) {
        int len = (int)strcspn(text, "\n");
        printf("  %.*s\n", len, text);
        text += len;
        text += *text == '\n';
    }
}

static size_t table_size(const option *table) {
    size_t n = 0;
    while (table && table[n].name)
        n++;
    return n;
}

void command_help(const command *of) {
    size_t own = table_size(of->options), common = table_size(common_options);
    int width = left_width(common_options, common), wider = left_width(of->options, own);
    if (wider > width)
        width = wider;
    printf("Usage: twotower %s [options]%s%s\n\n", of->name, of->operands ? " " : "",
           of->operands ? of->operands : "");
    put_wrapped(of->summary, 0, 0);
    put_options(of, "Options", of->options, own, width);
    put_options(of, "Common options", common_options, common, width);
    put_variables(of->options);
    if (of->example)
        put_examples(of->example);
    putchar('\n');
    put_wrapped(exit_statuses, 0, 2);
}

/* SPDX-License-Identifier: MIT */
/* The options of a job from those of its steps, and back. */
#include "base/fail.h"
#include "program/arguments.h"
#include "program/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int same_text(const char *a, const char *b) {
    return a == b || (a && b && !strcmp(a, b));
}

/* Do they say the same in every word? */
static int same_option(const option *a, const option *b) {
    return a->type == b->type && same_text(a->placeholder, b->placeholder) &&
           same_text(a->fallback, b->fallback) && same_text(a->environment, b->environment) &&
           same_text(a->choices, b->choices) && same_text(a->help, b->help);
}

static int is_decided(const job_step *step, const char *name) {
    const size_t len = strlen(name);
    for (const char *at = step->decided; (at = strstr(at, name)) != NULL; at += len)
        if ((at == step->decided || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
            return 1;
    return 0;
}

static const option *find(const option *table, const char *name) {
    for (; table->name; table++)
        if (!strcmp(table->name, name))
            return table;
    return NULL;
}

static void put(option table[JOB_OPTIONS], const option *one) {
    size_t used = 0;
    while (table[used].name)
        used++;
    if (used + 1 == JOB_OPTIONS)
        abort(); /* a defect of the table's size */
    table[used] = *one;
}

void job_option_name(char name[JOB_NAME], const command *step, const char *text) {
    snprintf(name, JOB_NAME, "%s-%s", step->name, text);
    for (char *at = name; *at; at++)
        if (*at == ' ')
            *at = '-';
}

static void put_of_step(option table[JOB_OPTIONS], const option *own, const job_step *step,
                        const option *one) {
    const option *there = find(table, one->name);
    option renamed = *one;
    char name[JOB_NAME];
    if (!there) {
        put(table, one);
    } else if (!find(own, one->name) && one->type != OPTION_VARIABLE && !same_option(there, one)) {
        job_option_name(name, step->command, one->name);
        renamed.name = xstrndup(name, strlen(name));
        put(table, &renamed);
    }
}

void job_options(option table[JOB_OPTIONS], const option *own, const job_step *steps) {
    if (table->name)
        return;
    for (const option *one = own; one->name; one++)
        put(table, one);
    for (const job_step *step = steps; step->command; step++)
        for (const option *one = step->command->options; one->name; one++)
            if (one->type == OPTION_VARIABLE || !is_decided(step, one->name))
                put_of_step(table, own, step, one);
}

/* What was given to the job under the step's name of it, or under the plain one. */
static const option_value *given_value(const arguments *given, const job_step *step,
                                       const char *name) {
    char renamed[JOB_NAME];
    job_option_name(renamed, step->command, name);
    int at = option_find(given, renamed, strlen(renamed));
    if (at < 0)
        at = option_find(given, name, strlen(name));
    return at < 0 ? NULL : &given->value[at];
}

arguments *arguments_of_step(const arguments *given, const job_step *step) {
    arguments *made = arguments_new(step->command);
    made->environment = given->environment;
    made->borrows = 1;
    for (size_t i = 0; i < made->options; i++) {
        const option *one = &made->table[i];
        const option_value *value =
            is_decided(step, one->name) ? NULL : given_value(given, step, one->name);
        for (size_t j = 0; value && j < value->count; j++)
            option_add(made, i, value->text[j], strlen(value->text[j]), value->origin, value->line);
        if (!made->value[i].count && one->fallback)
            option_add(made, i, one->fallback, strlen(one->fallback), FROM_DEFAULT, 0);
    }
    return made;
}

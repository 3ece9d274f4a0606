/* SPDX-License-Identifier: MIT */
/*
 * One table per command gives its options, its --help and its checks.  Values
 * come from the command line, then the environment, then --env-file, then
 * --config (lines `option = value`), then the default.
 */
#ifndef TOOLS_PROGRAM_OPTIONS_H
#define TOOLS_PROGRAM_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

typedef enum option_type {
    OPTION_FLAG, /* no value on the command line; `value` is "" or "1" */
    OPTION_TEXT,
    OPTION_CHOICE,  /* one of `choices`, separated by '|' */
    OPTION_COUNT,   /* whole number from 0 */
    OPTION_NUMBER,  /* finite number */
    OPTION_INSTANT, /* 2025-10-31, 2025-10-31T09:38:31Z: UTC */
    OPTION_LIST,    /* TEXT that may be given more than once */
    OPTION_VARIABLE /* no option: a variable that the command reads, made by VARIABLE below */
} option_type;

typedef struct option {
    const char *name; /* without "--" */
    option_type type;
    const char *placeholder; /* "FILE", "N"; NULL for flags */
    const char *fallback;    /* default, or NULL: unset */
    const char *environment; /* name of a variable, or NULL */
    const char *choices;     /* OPTION_CHOICE */
    const char *help;        /* one line */
} option;

/* Entries of a table for what only the environment or --env-file tells, such as secrets:
 * `environment_value` gets them.  VARIABLE_NEEDED: one of the names `one_of` (separated by '|')
 * must be set; with `where`, only where one of those names is. */
#define VARIABLE(name, help) \
    { name, OPTION_VARIABLE, NULL, NULL, name, NULL, help }
#define VARIABLE_NEEDED(name, one_of, where, help) \
    { name, OPTION_VARIABLE, NULL, where, name, one_of, help }

typedef struct arguments arguments;

typedef struct command {
    const char *name;      /* "embed videos" */
    const char *summary;   /* one line */
    const char *operands;  /* "MODEL.onnx", or NULL: none are taken */
    const char *example;   /* one or more whole command lines */
    const option *options; /* ends with a NULL name; the common ones are added */
    int (*run)(const arguments *arguments);
} command;

/* argv holds what follows the command's name.  Getters take the option's name; an unset
 * option gives NULL or 0; asking for a name that is not in the table is
 * a defect and aborts.  Parsing fails with TW_USAGE in one sentence, naming the nearest option for
 * a misspelt one, or TW_IO / TW_INPUT for the files of --env-file and --config. *help is set when
 * --help was asked for. */
int arguments_parse(arguments **parsed, const command *command, int argc, char **argv, int *help);
void arguments_free(arguments *arguments);
void command_help(const command *command);

int option_given(const arguments *arguments, const char *name);        /* has any value */
int option_typed(const arguments *arguments, const char *name);        /* on the command line */
int option_known(const arguments *arguments, const char *name);        /* is in the table */
const char *option_text(const arguments *arguments, const char *name); /* or NULL */
int option_flag(const arguments *arguments, const char *name);
uint64_t option_count(const arguments *arguments, const char *name);
double option_number(const arguments *arguments, const char *name);
int64_t option_instant(const arguments *arguments, const char *name); /* seconds since 1970 UTC */
size_t option_list_size(const arguments *arguments, const char *name);
const char *option_list(const arguments *arguments, const char *name, size_t at);
const char *const *option_texts(const arguments *arguments, const char *name); /* all of a list */
size_t operand_count(const arguments *arguments);
const char *operand(const arguments *arguments, size_t at);

/* An environment variable with --env-file taken into account, or NULL. */
const char *environment_value(const arguments *arguments, const char *name);
/* Is it set, to nothing? */
int variable_is_empty(const arguments *arguments, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* The inside of the parsed arguments: for the files of this folder only. */
#ifndef TOOLS_PROGRAM_ARGUMENTS_H
#define TOOLS_PROGRAM_ARGUMENTS_H

#include "program/options.h"

/* Where a value came from, strongest first. */
typedef enum option_origin {
    FROM_COMMAND_LINE,
    FROM_ENVIRONMENT,
    FROM_ENV_FILE,
    FROM_CONFIG,
    FROM_DEFAULT
} option_origin;

typedef struct option_value {
    char **text; /* one, or those of a list in order */
    size_t count, capacity;
    option_origin origin;
    size_t line; /* of the file it came from */
} option_value;

/* `name = value` of a file. */
typedef struct setting_line {
    char *name, *value;
    size_t line;
} setting_line;

typedef struct setting_file {
    setting_line *entry;
    size_t count, capacity;
} setting_file;

struct arguments {
    option *table; /* the command's own options, then the common ones */
    size_t options, own;
    option_value *value; /* [options] */
    char **operand;
    size_t operands, operand_capacity;
    setting_file environment; /* of --env-file */
    int borrows;              /* it belongs to other arguments */
};

/* The options that every command has; ends with a NULL name. */
extern const option common_options[];

/* Is it in the command's own table?  A common one may be, in other words. */
int option_is_own(const command *of, const char *name);

/* "--name VALUE" of an option, and its help with what the table says beside it: choices,
 * default, variable, repetition.  The caller frees both. */
char *option_left(const option *one);
char *option_right(const option *one);

/* The names of a table's variables, separated by ", "; NULL: there are none.  The caller frees it.
 */
char *variable_names(const option *table);

extern const char exit_statuses[]; /* what each means, one paragraph */

/* Arguments of a command, with no value yet. */
arguments *arguments_new(const command *of);

/* The index of an option, or -1. */
int option_find(const arguments *given, const char *name, size_t len);

/* Reads lines KEY=VALUE as a shell would, without evaluating anything; or lines
 * `option = value`. Sentences name file and line and never show a value. */
int setting_file_read_env(setting_file *file, const char *path);
int setting_file_read_config(setting_file *file, const char *path);
void setting_file_free(setting_file *file);
/* The last entry of that name, or NULL. */
const setting_line *setting_file_find(const setting_file *file, const char *name);

/* A variable of the environment, else of --env-file, which may be empty; NULL: not set. */
const char *variable_find(const arguments *given, const char *name, option_origin *origin,
                          size_t *line);

/* The file of --env-file, or of the variable that stands for it; NULL: none. */
const char *env_file(const arguments *given);

/* Messages show nothing of the variables that hold secrets from here on. */
void variables_mask(const arguments *given);

/* Refuses what is set and empty where that would switch something off. */
int variables_check(const arguments *given, const command *of);

/* Puts the values of a file and the defaults where none stronger is, and checks all. */
int options_resolve(arguments *given, const setting_file *config);
/* Adds a value; a list keeps all of one origin, else the last one stays. */
void option_add(arguments *given, size_t at, const char *text, size_t len, option_origin origin,
                size_t line);

/* Another default than the table's, where nothing is given. */
void option_default(arguments *given, const char *name, const char *text);

/* 1 or 0 of true, false, yes, no, 1, 0 and empty; -1 of anything else. */
int truth_of(const char *text);

/* Edit distance (insertions, deletions, changes, swaps of neighbours), and whether
 * it is small enough for `given` to be a slip for `name`. */
size_t name_distance(const char *given, size_t len, const char *name);
int name_is_near(size_t distance, size_t len);

#endif

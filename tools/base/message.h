/* SPDX-License-Identifier: MIT */
/* Results go to stdout; all else goes to stderr, and less of it with --quiet. */
#ifndef TOOLS_BASE_MESSAGE_H
#define TOOLS_BASE_MESSAGE_H

#include <jansson.h>
#include <stdint.h>

typedef enum progress_when {
    PROGRESS_AUTO, /* on a foreground terminal, unless quiet */
    PROGRESS_ALWAYS,
    PROGRESS_NEVER
} progress_when;

/* All zero is how the program starts. */
typedef struct message_settings {
    int quiet, json;
    progress_when progress;
} message_settings;

void message_setup(const message_settings *settings);

void log_info(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* stderr, not with --quiet */
void warning(const char *format, ...) __attribute__((format(printf, 1, 2))); /* stderr, always */

/* A progress line on a foreground terminal (or always, or never: --progress),
 * shown after the first half second, at most ten times a second; total 0: not known. */
void progress_show(const char *what, uint64_t done, uint64_t total);
void progress_end(void); /* clears the line */

/* stdout for people, one line without controls (base/escape.h), or with --json one JSON document:
 * result_line then prints nothing. */
int json_wanted(void);
int result_json(json_t *document); /* prints and releases it; 0 or TW_IO */
void result_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Lines of the program's own words, which no input is part of: scripts of shells, manuals. */
void result_own(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Takes a result as JSON and prints it with --json; 0: lines for people are wanted. */
int result_given(json_t *document);
int result_flush(void); /* 0, or TW_IO when stdout could not take it all */

/* Writes a JSON document (2 spaces of indent, keys in insertion order, final line end) as
 * an output of its own and releases it. */
int json_write(json_t *document, const char *path);

/* A number, or null for what is not finite. */
json_t *json_finite(double value);
/* jansson takes memory by xmalloc: no member of a document is left out because it lacked. */
void json_own_memory(void);

/* Reads a JSON file of at most 64 MB: fails with file, line and column. */
int json_read(json_t **document, const char *path);

/* "2025-10-31T09:38:31Z" of seconds since 1970, and back (dates alone are midnight;
 * fractions and offsets are understood). parse: 0, or -1 with no failure recorded. */
void instant_format(char text[21], int64_t seconds);
int instant_parse(const char *text, size_t len, int64_t *seconds);
int64_t instant_now(void);
void run_id_now(char text[17]); /* "20251031T093831Z" */

/* Peak resident memory of this process in bytes; seconds of a monotonic clock. */
uint64_t peak_memory(void);
uint32_t processors(void); /* that this process may use, 1 at least */
double seconds_now(void);

#endif

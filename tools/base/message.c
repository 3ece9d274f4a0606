/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/secret.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REFRESHES = 10 }; /* of the progress line in a second */

static struct {
    int quiet, json, progress, terminal;
    double started, shown; /* seconds; 0: not yet */
    int width;             /* of the line on the terminal */
    char what[64];         /* the stage that runs */
    int write_error;       /* errno of the first failed write to stdout */
} state;

void message_setup(const message_settings *settings) {
    state.quiet = settings->quiet;
    state.json = settings->json;
    state.terminal = isatty(STDERR_FILENO);
    state.progress = settings->progress == PROGRESS_ALWAYS;
    if (settings->progress == PROGRESS_AUTO)
        state.progress = !state.quiet && state.terminal && tcgetpgrp(STDERR_FILENO) == getpgrp();
}

static void print(const char *lead, const char *format, va_list list) {
    char text[2048];
    progress_end();
    vsnprintf(text, sizeof text, format, list);
    secret_mask(text);
    escape_line(text);
    fprintf(stderr, "%s%s\n", lead, text);
}

void log_info(const char *format, ...) {
    if (state.quiet)
        return;
    va_list list;
    va_start(list, format);
    print("", format, list);
    va_end(list);
}

void warning(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print("warning: ", format, list);
    va_end(list);
}

/* A terminal's line is written over; elsewhere each state is a line of its own. */
static void show_line(const char *line, int width) {
    if (state.terminal)
        fprintf(stderr, "\r%s%*s", line, width < state.width ? state.width - width : 0, "");
    else
        fprintf(stderr, "%s\n", line);
    fflush(stderr);
    state.width = width;
}

void progress_show(const char *what, uint64_t done, uint64_t total) {
    if (!state.progress)
        return;
    double now = seconds_now();
    if (state.started == 0.0 || strncmp(state.what, what, sizeof state.what - 1) != 0) {
        progress_end();
        state.started = now;
        snprintf(state.what, sizeof state.what, "%s", what);
    }
    if (now - state.started < 0.5 || now - state.shown < 1.0 / REFRESHES)
        return;
    state.shown = now;
    char line[160];
    int width;
    if (total)
        width = snprintf(line, sizeof line, "%s %llu of %llu (%d %%)", state.what,
                         (unsigned long long)done, (unsigned long long)total,
                         (int)(100.0 * (double)done / (double)total));
    else
        width = snprintf(line, sizeof line, "%s %llu", state.what, (unsigned long long)done);
    show_line(line, width);
}

void progress_end(void) {
    if (state.terminal && state.width)
        fprintf(stderr, "\r%*s\r", state.width, "");
    state.width = 0;
    state.started = state.shown = 0.0;
}

int json_wanted(void) {
    return state.json;
}

static int write_failed(void) {
    if (!state.write_error)
        state.write_error = errno ? errno : EIO;
    errno = state.write_error;
    return fail_errno("write", "standard output");
}

int result_given(json_t *document) {
    if (state.json)
        (void)result_json(document); /* a failure is kept for result_flush */
    else
        json_decref(document);
    return state.json;
}

static int put_json(const char *bytes, size_t len, void *context) {
    return fwrite(bytes, 1, len, context) == len ? 0 : -1;
}

static int put_escaped(const char *bytes, size_t len, void *context) {
    return escape_json(bytes, len, put_json, context);
}

int result_json(json_t *document) {
    progress_end();
    int bad = json_dump_callback(document, put_escaped, stdout,
                                 JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0 ||
              putchar('\n') == EOF;
    json_decref(document);
    return bad ? write_failed() : 0;
}

void result_line(const char *format, ...) {
    if (state.json)
        return;
    progress_end();
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    int len = vsnprintf(NULL, 0, format, list);
    char *text = xmalloc((size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    escape_line(text);
    if (fputs(text, stdout) == EOF || putchar('\n') == EOF)
        write_failed();
    free(text);
    va_end(again);
    va_end(list);
}

void result_own(const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (vprintf(format, list) < 0 || putchar('\n') == EOF)
        write_failed();
    va_end(list);
}

int result_flush(void) {
    if (state.write_error || fflush(stdout) != 0 || ferror(stdout))
        return write_failed();
    return 0;
}

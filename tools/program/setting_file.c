/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/file.h"
#include "program/arguments.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 1 << 20 };

/* One line without its end, and where it stands. */
typedef struct line_text {
    const char *at, *end;
    const char *path;
    size_t number;
} line_text;

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

static int is_name(char c, int first) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

static void skip_blanks(line_text *line) {
    while (line->at < line->end && is_blank(*line->at))
        line->at++;
}

static int at_end_or_comment(const line_text *line) {
    return line->at == line->end || *line->at == '#';
}

static int refuse(const line_text *line, const char *expected) {
    return fail(TW_INPUT, "%s:%zu: %s", line->path, line->number, expected);
}

static void add(setting_file *file, const char *name, size_t name_len, const char *value,
                size_t value_len, size_t line) {
    file->entry = xgrow(file->entry, file->count, &file->capacity, sizeof *file->entry);
    file->entry[file->count++] =
        (setting_line){xstrndup(name, name_len), xstrndup(value, value_len), line};
}

/* Reads a quoted value into `value`, which has room for the line; returns its length or -1. */
static long read_quoted(line_text *line, char *value) {
    char quote = *line->at++;
    long len = 0;
    for (; line->at < line->end && *line->at != quote; line->at++) {
        char c = *line->at;
        if (c == '\\' && quote == '"' && line->at + 1 < line->end &&
            strchr("\"\\$`n", line->at[1])) {
            c = *++line->at;
            if (c == 'n')
                c = '\n';
        }
        value[len++] = c;
    }
    if (line->at == line->end)
        return -1;
    line->at++;
    skip_blanks(line);
    return at_end_or_comment(line) ? len : -1;
}

/* A plain value ends at the line's end or at " #"; blanks at its end are dropped. */
static long read_plain(line_text *line, char *value) {
    long len = 0;
    for (; line->at < line->end; line->at++) {
        if (*line->at == '#' && (len == 0 || is_blank(value[len - 1])))
            break;
        value[len++] = *line->at;
    }
    while (len && is_blank(value[len - 1]))
        len--;
    return len;
}

static int read_env_line(setting_file *file, line_text *line) {
    static const char export[] = "export";
    const size_t word = sizeof export - 1;
    if ((size_t)(line->end - line->at) > word && memcmp(line->at, export, word) == 0 &&
        is_blank(line->at[word])) {
        line->at += word;
        skip_blanks(line);
    }
    const char *name = line->at;
    while (line->at < line->end && is_name(*line->at, line->at == name))
        line->at++;
    size_t name_len = (size_t)(line->at - name);
    if (name_len == 0 || line->at == line->end || *line->at != '=')
        return refuse(line, "NAME=VALUE is expected");
    line->at++;
    char *value = xmalloc((size_t)(line->end - line->at) + 1);
    int quoted = line->at < line->end && (*line->at == '"' || *line->at == '\'');
    long len = quoted ? read_quoted(line, value) : read_plain(line, value);
    if (len >= 0)
        add(file, name, name_len, value, (size_t)len, line->number);
    free(value);
    return len >= 0 ? 0 : refuse(line, "the quote must be closed, with nothing after it");
}

static int read_config_line(setting_file *file, line_text *line) {
    const char *name = line->at, *equals = memchr(name, '=', (size_t)(line->end - name));
    const char *name_end = equals ? equals : name;
    while (name_end > name && is_blank(name_end[-1]))
        name_end--;
    if (name_end == name)
        return refuse(line, "option = value is expected");
    line->at = equals + 1;
    skip_blanks(line);
    char *value = xmalloc((size_t)(line->end - line->at) + 1);
    long len = read_plain(line, value);
    add(file, name, (size_t)(name_end - name), value, (size_t)len, line->number);
    free(value);
    return 0;
}

static int read_lines(setting_file *file, const char *path,
                      int (*read_line)(setting_file *, line_text *)) {
    char *text;
    size_t len;
    int status = file_read(path, LIMIT, &text, &len);
    if (status)
        return status;
    line_text line = {text, text, path, 0};
    const char *end = text + len;
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        line.end += 3;
    for (const char *next = line.end; !status && next < end; next = line.end + 1) {
        const char *newline = memchr(next, '\n', (size_t)(end - next));
        line.at = next;
        line.end = newline ? newline : end;
        line.number++;
        const char *stop = line.end;
        if (memchr(line.at, '\0', (size_t)(line.end - line.at)))
            status = refuse(&line, "text is expected, there is a NUL byte");
        if (line.end > line.at && line.end[-1] == '\r')
            line.end--;
        skip_blanks(&line);
        if (!status && !at_end_or_comment(&line))
            status = read_line(file, &line);
        line.end = stop;
    }
    free(text);
    return status;
}

int setting_file_read_env(setting_file *file, const char *path) {
    return read_lines(file, path, read_env_line);
}

int setting_file_read_config(setting_file *file, const char *path) {
    return read_lines(file, path, read_config_line);
}

void setting_file_free(setting_file *file) {
    for (size_t i = 0; i < file->count; i++) {
        free(file->entry[i].name);
        free(file->entry[i].value);
    }
    free(file->entry);
}

const setting_line *setting_file_find(const setting_file *file, const char *name) {
    for (size_t i = file->count; i-- > 0;)
        if (strcmp(file->entry[i].name, name) == 0)
            return &file->entry[i];
    return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "format/csv_row.h"

#include "base/fail.h"
#include "format/csv_kind.h"
#include "format/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 17, END = -1 };

/* Bytes at which an unquoted field may end. */
static const char stops[256] = {['"'] = 1, [','] = 1, ['\n'] = 1, ['\r'] = 1};

void csv_rows_close(csv_rows *rows) {
    csv_source_close(&rows->source);
    free(rows->text);
    free(rows->field);
    *rows = (csv_rows){.source = rows->source};
}

static int refuse(const csv_rows *rows, const char *what) {
    return fail(TW_INPUT, "%s:%llu: %s", rows->source.path, (unsigned long long)rows->line, what);
}

static int refuse_long_row(const csv_rows *rows) {
    return fail(TW_INPUT,
                "%s:%llu: the row that starts here is longer than 16 MB; close the quote that is "
                "open or shorten the row",
                rows->source.path, (unsigned long long)rows->first_line);
}

/* The byte at `checked` is the first that is no part of a text. */
static int refuse_byte(const csv_rows *rows) {
    unsigned byte = (unsigned char)rows->text[rows->row + rows->checked];
    return fail(TW_INPUT, "%s:%llu: byte %llu of the line is %s (0x%02x); save the file as UTF-8",
                rows->source.path, (unsigned long long)rows->line,
                (unsigned long long)(rows->offset + rows->checked - rows->line_start + 1),
                byte ? "not UTF-8" : "a NUL", byte);
}

static void make_room(csv_rows *rows) {
    if (rows->row) {
        memmove(rows->text, rows->text + rows->row, rows->end);
        rows->row = 0;
    }
    if (rows->capacity - rows->end < CHUNK) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 2 * CHUNK;
        rows->text = xrealloc(rows->text, rows->capacity + 1, 1);
    }
}

static int read_more(csv_rows *rows) {
    size_t got = 0;
    make_room(rows);
    int status =
        csv_source_read(&rows->source, rows->text + rows->end, rows->capacity - rows->end, &got);
    rows->end += status ? 0 : got;
    rows->ended = !status && !got;
    return status;
}

int csv_rows_open(csv_rows *rows, const char *path) {
    *rows = (csv_rows){.line = 1};
    int status = csv_source_open(&rows->source, path);
    while (!status && !rows->ended && rows->end < CSV_KIND_BYTES)
        status = read_more(rows);
    const char *kind = status || !rows->end ? NULL : csv_kind(rows->text, rows->end);
    if (kind)
        status = fail(TW_INPUT, "%s: the file %s", rows->source.path, kind);
    if (status)
        csv_rows_close(rows);
    return status;
}

/* Moves `checked` over what is new; *cut as utf8_prefix has it. */
static void check_text(csv_rows *rows, int *cut) {
    const char *from = rows->text + rows->row + rows->checked;
    size_t len = utf8_prefix(from, rows->end - rows->checked, cut);
    const char *nul = memchr(from, '\0', len);
    rows->checked += nul ? (size_t)(nul - from) : len;
    *cut &= !nul;
}

/* Makes at < checked, unless the source ends there. */
static int refill(csv_rows *rows) {
    int cut = 0;
    while (rows->at == rows->checked) {
        if (rows->at > CSV_MAX_ROW)
            return refuse_long_row(rows);
        if (rows->checked < rows->end && (!cut || rows->ended)) {
            check_text(rows, &cut);
            if (rows->at == rows->checked && (!cut || rows->ended))
                return refuse_byte(rows);
        } else if (rows->ended) {
            return 0;
        } else {
            int status = read_more(rows);
            if (status)
                return status;
            cut = 0;
        }
    }
    return 0;
}

/* The next byte, not yet taken, or END. */
static int peek(csv_rows *rows, int *c) {
    int status = rows->at < rows->checked ? 0 : refill(rows);
    if (!status)
        *c = rows->at < rows->checked ? (unsigned char)rows->text[rows->row + rows->at] : END;
    return status;
}

static int read_plain(csv_rows *rows, csv_field *field, int *c) {
    field->start = rows->at;
    int status = 0;
    do {
        const char *text = rows->text + rows->row;
        size_t at = rows->at;
        while (at < rows->checked && !stops[(unsigned char)text[at]])
            at++;
        rows->at = at;
        status = peek(rows, c);
    } while (!status && *c != END && !stops[*c]);
    field->len = rows->at - field->start;
    if (!status && *c == '"')
        return refuse(rows, "a quote stands inside an unquoted field; put the field in quotes and "
                            "double the quotes in it");
    return status;
}

static void next_line(csv_rows *rows, size_t start) {
    rows->line++;
    rows->line_start = rows->offset + start;
}

/* Moves the text up to the next quote, or all that is checked, down to `to`. */
static size_t move_quoted(csv_rows *rows, size_t to) {
    char *text = rows->text + rows->row;
    const char *from = text + rows->at;
    const char *quote = memchr(from, '"', rows->checked - rows->at);
    size_t len = quote ? (size_t)(quote - from) : rows->checked - rows->at;
    const char *line = from;
    while ((line = memchr(line, '\n', len - (size_t)(line - from))))
        next_line(rows, (size_t)(++line - text));
    memmove(text + to, from, len);
    rows->at += len;
    return to + len;
}

static int read_quoted(csv_rows *rows, csv_field *field, int *c) {
    uint64_t opened = rows->line;
    size_t to = ++rows->at;
    int status = 0;
    field->start = to;
    while (!status && !(status = peek(rows, c)) && *c != END) {
        if (*c != '"') {
            to = move_quoted(rows, to);
            continue;
        }
        rows->at++;
        status = peek(rows, c);
        field->len = to - field->start;
        if (status || *c == END || *c == ',' || *c == '\n' || *c == '\r')
            return status;
        if (*c != '"')
            return refuse(rows, "text follows a closing quote; double the quotes inside a field");
        rows->text[rows->row + to++] = '"';
        rows->at++;
    }
    if (!status)
        status = fail(TW_INPUT, "%s:%llu: the quote that opens on this line is never closed",
                      rows->source.path, (unsigned long long)opened);
    return status;
}

/* Takes what ends a field: `c` is a comma, a line end or END. */
static int end_field(csv_rows *rows, int c, int *last) {
    *last = c != ',';
    if (*last && rows->at > CSV_MAX_ROW)
        return refuse_long_row(rows);
    if (c == '\r') {
        rows->at++;
        int status = peek(rows, &c);
        if (status)
            return status;
        if (c != '\n')
            return refuse(rows, "a carriage return stands alone; end lines with LF or CRLF");
    }
    if (c != END)
        rows->at++;
    if (c == '\n')
        next_line(rows, rows->at);
    return 0;
}

static int read_field(csv_rows *rows, int *last) {
    csv_field field = {0, 0};
    int c;
    int status = peek(rows, &c);
    if (!status)
        status = c == '"' ? read_quoted(rows, &field, &c) : read_plain(rows, &field, &c);
    if (status)
        return status;
    if (rows->fields == CSV_MAX_FIELDS)
        return refuse(rows, "the row has more than 4096 fields");
    rows->field = xgrow(rows->field, rows->fields, &rows->capacity_fields, sizeof field);
    rows->field[rows->fields++] = field;
    /* In the place of the closing quote, comma or line end, or in the spare byte. */
    rows->text[rows->row + field.start + field.len] = '\0';
    return end_field(rows, c, last);
}

static void drop_row(csv_rows *rows) {
    rows->row += rows->at;
    rows->offset += rows->at;
    rows->checked -= rows->at;
    rows->end -= rows->at;
    rows->at = 0;
    rows->fields = 0;
    rows->first_line = rows->line;
}

static int skip_mark(csv_rows *rows) {
    int c = END, status = peek(rows, &c);
    /* U+FEFF is checked as a whole character, so its three bytes are there. */
    if (!status && c != END && rows->checked >= 3 &&
        memcmp(rows->text + rows->row, "\xef\xbb\xbf", 3) == 0) {
        rows->at = 3;
        drop_row(rows);
    }
    return status;
}

int csv_rows_next(csv_rows *rows, int *row) {
    int c = END, last = 0;
    drop_row(rows);
    int status = rows->offset ? 0 : skip_mark(rows);
    if (!status)
        status = peek(rows, &c);
    *row = c != END;
    while (!status && c != END && !last)
        status = read_field(rows, &last);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "base/escape.h"

#include "base/fail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The character at `at`, *len bytes of the `left`; -1: the first byte begins none. */
static long character(const char *at, size_t left, size_t *len) {
    static const long least[] = {0, 0x80, 0x800, 0x10000};
    const unsigned char *byte = (const unsigned char *)at;
    size_t more = *byte < 0x80 ? 0 : *byte < 0xc2 ? 4 : *byte < 0xe0 ? 1 : *byte < 0xf0 ? 2 : 3;
    *len = 1;
    if (more == 4 || *byte > 0xf4 || more >= left)
        return -1;
    long value = more ? *byte & (0x3f >> more) : *byte;
    for (size_t i = 1; i <= more; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return -1;
        value = value << 6 | (byte[i] & 0x3f);
    }
    if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return -1;
    *len = more + 1;
    return value;
}

/* Does it steer what shows it? Joiners of scripts and emoji (U+200C, U+200D) do not. */
static int steers(long value) {
    static const long range[][2] = {
        {-1, 0x1f},       {0x7f, 0x9f},     {0x61c, 0x61c},   {0x200b, 0x200b}, {0x200e, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        if (value >= range[i][0] && value <= range[i][1])
            return 1;
    return 0;
}

void escape_line(char *text) {
    size_t left = strlen(text), used = 0, len;
    int begun = 0; /* something other than blanks */
    for (const char *at = text; left; at += len, left -= len) {
        long value = character(at, left, &len);
        int command = (!begun && !strncmp(at, "::", 2)) || !strncmp(at, "##[", 3);
        begun = begun || *at != ' ';
        if (steers(value) || command) {
            text[used++] = '?';
        } else {
            memmove(text + used, at, len);
            used += len;
        }
    }
    text[used] = '\0';
}

/* ---- Markdown ------------------------------------------------------------------------------ */

/* Underscores within words, and @ of recall@20, are what they are. */
static int is_markup(const char *text, const char *at) {
    int before = at > text && isalnum((unsigned char)at[-1]), after = isalnum((unsigned char)at[1]);
    switch (*at) {
    case '_':
        return !before || !after;
    case '@':
        return !before;
    case ':':
        return !strncmp(at, "://", 3);
    case '.':
        return at - text >= 3 && tolower((unsigned char)at[-1]) == 'w';
    default:
        return *at && strchr("\\`*[]<>&#!|~", *at);
    }
}

const char *escape_markdown(const char *text) {
    enum { KEPT = 16 };
    static char *kept[KEPT];
    static size_t next;
    char *plain = xstrndup(text, strlen(text));
    escape_line(plain);
    char *to = xmalloc(6 * strlen(plain) + 1);
    size_t used = 0;
    for (const char *at = plain; *at; at++)
        if (is_markup(plain, at))
            used += (size_t)snprintf(to + used, 7, "&#%d;", *at);
        else
            to[used++] = *at;
    to[used] = '\0';
    free(plain);
    free(kept[next]);
    kept[next] = to;
    next = (next + 1) % KEPT;
    return to;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

int escape_json(const char *bytes, size_t len, int (*put)(const char *, size_t, void *),
                void *context) {
    size_t from = 0, taken;
    int status = 0;
    for (size_t at = 0; !status && at < len; at += taken) {
        long value = character(bytes + at, len - at, &taken);
        char escaped[16];
        if (value < 0x7f || !steers(value))
            continue;
        if (at > from)
            status = put(bytes + from, at - from, context);
        unsigned rest = value < 0x10000 ? 0 : (unsigned)value - 0x10000;
        int wrote = value < 0x10000 ? snprintf(escaped, sizeof escaped, "\\u%04X", (unsigned)value)
                                    : snprintf(escaped, sizeof escaped, "\\u%04X\\u%04X",
                                               0xd800u + (rest >> 10), 0xdc00u + (rest & 0x3ff));
        if (!status)
            status = put(escaped, (size_t)wrote, context);
        from = at + taken;
    }
    return !status && len > from ? put(bytes + from, len - from, context) : status;
}

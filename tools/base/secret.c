/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include "base/fail.h"
#include "base/url.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 64,
    SHORTEST = 6,      /* bytes; a shorter one stands in every other word */
    SHORTEST_LINE = 16 /* of a key in PEM */
};

static char *kept[MOST];
static size_t kept_count;

/* ---- Remembering ------------------------------------------------------------------------- */

static void keep(const char *text, size_t len, size_t shortest) {
    if (len < shortest || kept_count == MOST)
        return;
    for (size_t i = 0; i < kept_count; i++)
        if (strlen(kept[i]) == len && memcmp(kept[i], text, len) == 0)
            return;
    kept[kept_count++] = xstrndup(text, len);
}

static void keep_lines(const char *text) {
    for (const char *at = text; *at; at += strspn(at, "\r\n")) {
        size_t len = strcspn(at, "\r\n");
        if (*at != '-') /* -----BEGIN ... is no secret */
            keep(at, len, SHORTEST_LINE);
        at += len;
    }
}

/* The strings of an array or object, and of one in it. */
static void keep_json(const json_t *document, int depth) {
    const char *name;
    const json_t *one;
    size_t at;
    if (json_is_string(document))
        keep(json_string_value(document), json_string_length(document), SHORTEST);
    if (depth == 0)
        return;
    json_array_foreach(document, at, one) keep_json(one, depth - 1);
    json_object_foreach((json_t *)(uintptr_t)document, name, one) keep_json(one, depth - 1);
}

void secret_keep(const char *value) {
    enum { DEPTH = 4 };
    if (!value)
        return;
    keep(value, strlen(value), SHORTEST);
    json_t *document = json_loads(value, JSON_DECODE_ANY, NULL);
    const char *colon = strchr(value, ':');
    if (document)
        keep_json(document, DEPTH);
    else if (strchr(value, '\n'))
        keep_lines(value);
    else if (colon)
        keep(colon + 1, strlen(colon + 1), SHORTEST);
    json_decref(document);
}

/* Percent-encoding undone, as the other side will have it. */
static void keep_part(const char *from, size_t len, size_t shortest) {
    char *text = xmalloc(len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        int byte = i + 2 < len ? percent_byte(from + i) : -1;
        text[used++] = byte > 0 ? (char)byte : from[i];
        i += byte > 0 ? 2 : 0;
    }
    text[used] = '\0';
    keep(text, used, shortest);
    free(text);
}

void secret_keep_url(const char *url) {
    const char *user = url ? strstr(url, "://") : NULL, *at;
    if (!user)
        return;
    user += 3;
    const char *end = user + strcspn(user, "/?#");
    for (at = end; at > user && at[-1] != '@';)
        at--;
    const char *colon = at > user ? memchr(user, ':', (size_t)(at - user)) : NULL;
    /* The name as its own password, as local stacks have it, hides nothing. */
    if (colon && ((size_t)(at - 1 - colon - 1) != (size_t)(colon - user) ||
                  memcmp(user, colon + 1, (size_t)(colon - user)) != 0))
        keep_part(colon + 1, (size_t)(at - 1 - colon - 1), SHORTEST);
    for (at = url + strcspn(url, "?"); *at; at += strcspn(at, "&")) {
        const char *value = strchr(++at, '=');
        char *name = value ? xstrndup(at, (size_t)(value - at)) : NULL;
        if (name && percent_holds(name, "password"))
            keep_part(value + 1, strcspn(value + 1, "&"), SHORTEST);
        free(name);
    }
}

void secret_keep_webhook(const char *url) {
    const char *host = url ? strstr(url, "://") : NULL;
    if (!host)
        return;
    const char *path = host + 3 + strcspn(host + 3, "/?#");
    keep(url, strlen(url), SHORTEST);
    keep(path, strlen(path), SHORTEST_LINE);
}

/* ---- Masking ------------------------------------------------------------------------------- */

/* How many bytes at `at` stand for the byte `c` by an escape; 0: none do. */
static size_t escape_of(const char *at, unsigned char c) {
    if (*at == '%')
        return percent_byte(at) == c ? 3 : 0;
    if (*at != '\\' || !at[1])
        return 0;
    if (at[1] == 'u' && strncmp(at + 2, "00", 2) == 0 && at[4] && at[5]) {
        const char two[] = {'%', at[4], at[5], '\0'};
        return percent_byte(two) == c ? 6 : 0;
    }
    return at[1] == (char)c || (at[1] == 'n' && c == '\n') ? 2 : 0;
}

/* How much of `at` is the secret, 0: it is not there. `plain`: as it is, before any escape. */
static size_t match(const char *at, const char *secret, int plain) {
    size_t len = 0;
    for (; *secret; secret++) {
        size_t same = at[len] == *secret, escaped = escape_of(at + len, (unsigned char)*secret);
        size_t taken = plain && same ? same : escaped ? escaped : same;
        if (!taken)
            return 0;
        len += taken;
    }
    return len;
}

void secret_mask(char *text) {
    static const char mask[] = "***";
    size_t used = 0;
    for (const char *at = text; *at;) {
        size_t longest = 0;
        for (size_t i = 0; i < kept_count; i++)
            for (int plain = 0; plain < 2; plain++) {
                size_t len = match(at, kept[i], plain);
                longest = len > longest ? len : longest;
            }
        if (longest) {
            memcpy(text + used, mask, sizeof mask - 1);
            used += sizeof mask - 1;
            at += longest;
        } else {
            text[used++] = *at++;
        }
    }
    text[used] = '\0';
}

/* SPDX-License-Identifier: MIT */
#include "base/url.h"

#include "base/fail.h"

#include <string.h>

static int digit(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) & 15 : -1;
}

int percent_byte(const char *at) {
    int high = *at == '%' ? digit(at[1]) : -1, low = high < 0 ? -1 : digit(at[2]);
    return low < 0 ? -1 : high << 4 | low;
}

static int begins(const char *at, const char *part) {
    for (; *part; part++) {
        int byte = percent_byte(at);
        if (byte != (unsigned char)*part && *at != *part)
            return 0;
        at += byte == (unsigned char)*part ? 3 : 1;
    }
    return 1;
}

int percent_holds(const char *text, const char *part) {
    for (; *text; text++)
        if (begins(text, part))
            return 1;
    return 0;
}

/* user:password of scheme://user:password@hosts, up to the last @ of the authority. */
static int split_authority(const char *url, const char **user, const char **host,
                           const char **end) {
    const char *at = strstr(url, "://");
    if (!at)
        return 0;
    *user = at + 3;
    *end = *user + strcspn(*user, "/?#");
    for (*host = *end; *host > *user; --*host)
        if ((*host)[-1] == '@')
            return 1;
    return 0;
}

int url_has_password(const char *url) {
    const char *user, *host, *end;
    if (percent_holds(url, "password="))
        return 1;
    if (!split_authority(url, &user, &host, &end))
        return 0;
    const char *colon = memchr(user, ':', (size_t)(host - user));
    return colon && colon + 2 < host;
}

static int is_text(const char *at, size_t len, const char *text) {
    return len == strlen(text) && memcmp(at, text, len) == 0;
}

int host_is_loopback(const char *host, size_t len) {
    if (is_text(host, len, "localhost") || is_text(host, len, "[::1]") || is_text(host, len, "::1"))
        return 1;
    /* 127.0.0.0/8, spelled as four numbers; "127.0.0.1.example.org" is a name. */
    if (len < 9 || memcmp(host, "127.", 4) != 0)
        return 0;
    int dots = 0;
    for (size_t i = 0; i < len; i++) {
        if (host[i] == '.')
            dots++;
        else if (host[i] < '0' || host[i] > '9')
            return 0;
    }
    return dots == 3;
}

/* The length of the host that begins here, in a list that ends at `end`. */
static size_t host_len(const char *host, const char *end) {
    size_t len = 0, bracket = *host == '[';
    while (host + len < end && host[len] != ',' && (host[len] != ':' || bracket)) {
        if (host[len] == ']')
            bracket = 0;
        len++;
    }
    return len;
}

int url_is_local(const char *url) {
    const char *user, *host, *end;
    if (!strstr(url, "://"))
        return 0;
    if (!split_authority(url, &user, &host, &end))
        host = user;
    return host_is_loopback(host, host_len(host, end));
}

int url_leaks_password(const char *url) {
    const char *user, *host, *end;
    if (!url_has_password(url))
        return 0;
    /* A parameter may name another host than the authority does. */
    if (percent_holds(url, "password=") || percent_holds(url, "host=") ||
        percent_holds(url, "hostaddr=") || !split_authority(url, &user, &host, &end))
        return 1;
    while (host < end) {
        size_t len = host_len(host, end);
        if (!host_is_loopback(host, len))
            return 1;
        host += len;
        while (host < end && *host != ',')
            host++;
        if (host < end)
            host++;
    }
    return 0;
}

static size_t count_of(const char *from, const char *end, char c) {
    size_t count = 0;
    for (; from < end; from++)
        count += *from == c;
    return count;
}

/* Hosts with a port that is none: "u:pa" of u:pa/ss@host. */
static int has_odd_port(const char *host, const char *end) {
    while (host < end) {
        host += host_len(host, end);
        if (host < end && *host == ':') {
            host++;
            host += strspn(host, "0123456789");
        }
        if (host < end && *host != ',')
            return 1;
        host += host < end;
    }
    return 0;
}

/* libpq looks for the @ up to the first '/', others up to "/?#". */
int url_is_torn(const char *url) {
    const char *user, *host, *end;
    if (!strstr(url, "://"))
        return 0;
    int postgres = strncmp(url, "postgres", 8) == 0;
    int has_user = split_authority(url, &user, &host, &end);
    if (!has_user)
        host = user;
    const char *last = postgres ? user + strlen(user) : end + strcspn(end, "?#");
    int later = count_of(end, last, '@') > 0;
    return count_of(user, end, '@') > 1 || has_odd_port(host, end) ||
           (later && (postgres || (!has_user && memchr(user, ':', (size_t)(end - user)))));
}

const char url_torn[] =
    "the host cannot be told from the password, so nothing of the URL is shown or used; write "
    "%40 for @, %3A for :, %2F for /, %3F for ? and %23 for # in names and passwords";

int url_check(const char *url, const char *what) {
    return url_is_torn(url) ? fail(TW_USAGE, "%s: %s", what, url_torn) : 0;
}

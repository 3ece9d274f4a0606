/* SPDX-License-Identifier: MIT */
#include "base/url.h"

#include <string.h>

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
    if (strstr(url, "password="))
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
    if (strstr(url, "password=") || strstr(url, "host=") || strstr(url, "hostaddr=") ||
        !split_authority(url, &user, &host, &end))
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

/* SPDX-License-Identifier: MIT */
/* What must be known of a URL before anything opens it. */
#ifndef TOOLS_BASE_URL_H
#define TOOLS_BASE_URL_H

#include <stddef.h>

/* The byte that %XX at `at` stands for, or -1. */
int percent_byte(const char *at);
/* Does the text hold a part, percent-encoded or not? */
int percent_holds(const char *text, const char *part);

/* May a part of the password be taken for the host, the port or the path, because an @ or another
 * separator is not percent-encoded?  Nothing of such a URL may be shown. */
int url_is_torn(const char *url);
extern const char url_torn[]; /* what to do about it */
/* Refuses such a one as TW_USAGE; `what` names it. */
int url_check(const char *url, const char *what);

/* Has this URL a password for a host other than this machine? */
int url_leaks_password(const char *url);
/* Does a text hold what looks like a password at all? */
int url_has_password(const char *url);
/* Is it localhost, ::1 (in brackets or not) or 127.x.y.z? */
int host_is_loopback(const char *host, size_t len);
/* Does scheme://[user@]host[:port]... name this machine? */
int url_is_local(const char *url);

#endif

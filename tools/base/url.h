/* SPDX-License-Identifier: MIT */
/* What must be known of a URL before anything opens it. */
#ifndef TOOLS_BASE_URL_H
#define TOOLS_BASE_URL_H

#include <stddef.h>

/* Has this URL a password for a host other than this machine? */
int url_leaks_password(const char *url);
/* Does a text hold what looks like a password at all? */
int url_has_password(const char *url);
/* Is it localhost, ::1 (in brackets or not) or 127.x.y.z? */
int host_is_loopback(const char *host, size_t len);
/* Does scheme://[user@]host[:port]... name this machine? */
int url_is_local(const char *url);

#endif

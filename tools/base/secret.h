/* SPDX-License-Identifier: MIT */
/* Secrets that this process was given, and their removal from what it says: a server, or libpq, may
 * repeat them in its own words. */
#ifndef TOOLS_BASE_SECRET_H
#define TOOLS_BASE_SECRET_H

/* Remembers a value and its parts: the lines of a key, the strings of a JSON document, the password
 * of user:password.  What is shorter than six bytes is no secret. */
void secret_keep(const char *value);
/* Remembers what is secret in a URL: the password of user:password@ and of its query. */
void secret_keep_url(const char *url);
/* All of a URL is secret, and its path alone. */
void secret_keep_webhook(const char *url);

/* Puts *** in the place of every secret, as it is, percent-encoded or escaped as in JSON. */
void secret_mask(char *text);

#endif

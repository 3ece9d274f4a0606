/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CLI_URL_H
#define TOOLS_CLI_URL_H

/* Does scheme://[user@]host[:port]... name this machine: localhost, 127.0.0.0/8 or [::1]? */
int url_is_local(const char *url);

#endif

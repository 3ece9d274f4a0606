/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_CATALOGUE_PG_CANCEL_H
#define TOOLS_CATALOGUE_PG_CANCEL_H

#include <libpq-fe.h>

/* Asks the server to stop what the connection runs, and waits for that at most two
 * seconds: some servers never answer. */
void pg_cancel(PGconn *connection);

#endif

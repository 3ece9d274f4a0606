/* SPDX-License-Identifier: MIT */
/*
 * One connection to a Postgres database: found, secured, watched and, where that is
 * safe, made again.  What is shown of it is host, port and database, never more.
 *
 * Every wait has an end: a signal cancels the statement, and so does a server that
 * says nothing for `timeout` seconds.  Only text that the server
 * wrote is repeated in failures, without control characters.
 */
#ifndef TOOLS_CATALOGUE_PG_CONNECT_H
#define TOOLS_CATALOGUE_PG_CONNECT_H

#include "catalogue/pg/settings.h"

#include <libpq-fe.h>

typedef struct pg pg;

/* Connects to the database that the settings describe (catalogue/pg/target.h).  A server that is
 * busy, starting or out of reach is tried again a few times.  Fails with TW_USAGE (nothing named,
 * or no URL), TW_INPUT (a certificate that is none), TW_DATABASE or TW_INTERRUPTED. */
int pg_open(pg **opened, const pg_settings *settings);
void pg_close(pg *db);

/* "host:port/database"; valid while it is open. */
const char *pg_name(const pg *db);
/* Is it a transaction pooler (port 6543), by which statements may meet any server process? */
int pg_pooled(const pg *db);

/* Seconds that the server may say nothing. */
double pg_timeout(const pg *db);

/* Runs SQL without parameters, several statements if you like. */
int pg_run(pg *db, const char *sql);
/* Runs one statement with text parameters $1... (NULL: null) and gives its rows as
 * text; the caller releases them with PQclear. */
int pg_query(pg *db, PGresult **rows, const char *sql, int count, const char *const *values);
/* The same for binary or typed parameters (see PQsendQueryParams); _binary gives binary rows. */
typedef struct pg_values {
    int count;
    const Oid *type;
    const char *const *value;
    const int *length, *format;
} pg_values;
int pg_query_values(pg *db, PGresult **rows, const char *sql, const pg_values *values);
int pg_query_binary(pg *db, PGresult **rows, const char *sql, const pg_values *values);

/* The work of one transaction: 0, or a status that rolls it back. It may run again
 * from its beginning, so it must not count on what an earlier try did. */
typedef int (*pg_work)(pg *db, void *context);

/* BEGIN (or `begin`, if it is not NULL), the work (NULL: none), COMMIT.  A lost connection, a
 * deadlock and a serialization failure run the work again, at most 5 times, with growing pauses.
 * Where the answer to COMMIT is lost, the server is asked whether the transaction took
 * place: it never takes place twice. */
int pg_transaction(pg *db, const char *begin, pg_work work, void *context);

/* The five characters of the last failure, "" where the server gave none. */
const char *pg_sqlstate(const pg *db);

/* What is being done, for the sentence of a failure: "read the videos". */
void pg_doing(pg *db, const char *doing);

/* BEGIN alone, for a transaction that only reads: on a new connection where the old one
 * turns out to be gone. */
int pg_begin(pg *db, const char *begin);
/* The connection itself: NULL where it is gone. */
PGconn *pg_raw(pg *db);
/* Ends what transaction is open; where that fails, the connection is closed. */
void pg_rollback(pg *db);

#endif

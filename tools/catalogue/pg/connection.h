/* SPDX-License-Identifier: MIT */
/* The inside of a connection: for the files of this folder only. */
#ifndef TOOLS_CATALOGUE_PG_CONNECTION_H
#define TOOLS_CATALOGUE_PG_CONNECTION_H

#include "catalogue/pg/connect.h"
#include "catalogue/pg/target.h"

enum { PG_TRIES = 5 };

struct pg {
    PGconn *conn; /* NULL: gone */
    pg_target target;
    double timeout;    /* seconds that the server may say nothing */
    const char *doing; /* "read the videos" */
    char sqlstate[6];
    int transient;  /* the last failure may pass if it is tried again */
    int committing; /* a signal waits until the answer is there */
};

/* 0.25 s before the first new try, then twice as long each time; a signal ends it. */
int pg_pause(const pg *db, int next_try);
/* Says what failed, forgets it and pauses. */
int pg_try_again(const pg *db, int done);
/* Closes the connection without a word to the server. */
void pg_drop(pg *db);

/* Prolongs the job of this process, if it has one: TW_CONFLICT where it has gone to another. */
int pg_keep_job(pg *db);

int pg_reconnect(pg *db);                      /* connects again where the connection is gone */
int pg_wait(pg *db, int write);                /* until it can be read (or written to) */
int pg_flush(pg *db);                          /* until all is sent */
int pg_result(pg *db, PGresult **);            /* the next one, or NULL */
int pg_refuse(pg *db, const PGresult *result); /* fails with what the server says */
int pg_lost(pg *db);                           /* fails: the connection is gone */

#endif

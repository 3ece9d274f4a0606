/* SPDX-License-Identifier: MIT */
/* Transactions that take place once, whatever becomes of the connection. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/connection.h"

#include <stdio.h>
#include <string.h>

/* The id that the transaction will be known by, "" where it wrote nothing. */
static int transaction_id(pg *db, char id[24]) {
    PGresult *rows;
    int status = pg_query(db, &rows, "SELECT pg_current_xact_id_if_assigned()::text", 0, NULL);
    if (status)
        return status;
    snprintf(id, 24, "%s", PQntuples(rows) ? PQgetvalue(rows, 0, 0) : "");
    PQclear(rows);
    return 0;
}

/* Asks for the fate of a transaction whose COMMIT was not answered. */
static int look_up(pg *db, const char *id, int *committed) {
    *committed = 0;
    if (!*id)
        return 0;
    for (int done = 1; done <= 2 * PG_TRIES; done++) {
        PGresult *rows;
        int status = pg_reconnect(db);
        if (!status)
            status = pg_query(db, &rows, "SELECT pg_xact_status($1::xid8)", 1, &id);
        if (status)
            return status;
        char fate = PQntuples(rows) ? *PQgetvalue(rows, 0, 0) : '\0';
        PQclear(rows);
        *committed = fate == 'c';
        if (fate == 'c' || fate == 'a')
            return 0;
        status = pg_pause(db, done < PG_TRIES ? done : PG_TRIES);
        if (status)
            return status;
    }
    return fail(TW_DATABASE,
                "%s: the answer to COMMIT was lost, and the server does not tell whether it took "
                "place; run the command again, it writes the same rows",
                pg_name(db));
}

static int commit(pg *db, int *again) {
    char id[24] = "";
    int committed, status = transaction_id(db, id);
    if (status)
        return status;
    db->committing = 1;
    status = pg_run(db, "COMMIT");
    if (status && db->transient && strncmp(db->sqlstate, "40", 2) != 0) {
        log_info("%s; asking whether it was done", fail_text());
        fail_clear();
        pg_drop(db);
        status = look_up(db, id, &committed);
        *again = !status && !committed;
    }
    db->committing = 0;
    return status;
}

int pg_begin(pg *db, const char *begin) {
    for (int done = 1;; done++) {
        db->transient = 0;
        int status = pg_reconnect(db);
        if (!status)
            status = pg_run(db, begin);
        if (!status || status != TW_DATABASE || !db->transient || done == PG_TRIES)
            return status;
        pg_drop(db);
        status = pg_try_again(db, done);
        if (status)
            return status;
    }
}

static int try_once(pg *db, const char *begin, pg_work work, void *context, int *again) {
    int status = pg_reconnect(db);
    if (!status)
        status = pg_run(db, begin ? begin : "BEGIN");
    if (!status && work)
        status = work(db, context);
    if (!status)
        status = pg_keep_job(db);
    return status ? status : commit(db, again);
}

/* Best effort: the failure that led here is the one to tell. */
void pg_rollback(pg *db) {
    if (!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
        return;
    if (PQtransactionStatus(db->conn) == PQTRANS_ACTIVE || pg_run(db, "ROLLBACK") != 0)
        pg_drop(db);
}

int pg_transaction(pg *db, const char *begin, pg_work work, void *context) {
    for (int done = 1;; done++) {
        int again = 0;
        db->transient = 0;
        int status = try_once(db, begin, work, context, &again);
        if (!status && !again)
            return 0;
        int retry = again || (status == TW_DATABASE && db->transient);
        if (db->conn && PQstatus(db->conn) != CONNECTION_OK)
            pg_drop(db);
        pg_rollback(db);
        if (!retry || done == PG_TRIES)
            return status ? status
                          : fail(TW_DATABASE, "%s: the connection is lost again and again",
                                 pg_name(db));
        status = again ? pg_pause(db, done) : pg_try_again(db, done);
        if (status)
            return status;
    }
}

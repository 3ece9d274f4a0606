/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/connection.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/cancel.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *pg_name(const pg *db) {
    return db->target.name;
}

int pg_pooled(const pg *db) {
    return strcmp(pg_target_get(&db->target, "port"), "6543") == 0;
}

void pg_doing(pg *db, const char *doing) {
    db->doing = doing;
}

const char *pg_sqlstate(const pg *db) {
    return db->sqlstate;
}

PGconn *pg_raw(pg *db) {
    return db->conn;
}

double pg_timeout(const pg *db) {
    return db->timeout;
}

/* ---- Failures -------------------------------------------------------------------------- */

/* What the server or libpq wrote, in one line without control characters. */
static char *one_line(const char *text) {
    enum { SHOWN = 400 };
    char *line = xstrndup(text ? text : "", strlen(text ? text : ""));
    size_t len = 0;
    for (const char *at = line; *at && len < SHOWN; at++) {
        int blank = (unsigned char)*at < ' ' || *at == 127 || *at == ' ';
        if (!blank)
            line[len++] = *at;
        else if (len && line[len - 1] != ' ')
            line[len++] = ' ';
    }
    while (len && (line[len - 1] == ' ' || line[len - 1] == '.'))
        len--;
    line[len] = '\0';
    return line;
}

static int is_class(const char *state, const char *begin) {
    return strncmp(state, begin, strlen(begin)) == 0;
}

/* What to do about a SQLSTATE, "" where there is nothing to say. */
static const char *advice(const char *state) {
    static const char *const all[][2] = {
        {"42501", "; grant it, or connect as the owner of the tables"},
        {"42P01", "; twotower db migrate makes the tables"},
        {"42703", "; twotower db migrate brings the tables up to date"},
        {"42704", "; twotower db migrate makes types, tables and the extension vector"},
        {"42883", "; twotower db migrate makes the functions"},
        {"57014", "; the server's statement_timeout or TWOTOWER_DB_TIMEOUT is too short for it"},
        {"53100", "; the server's disk is full"},
        {"25006", "; this server takes no writes: it is a replica or read-only"},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(state, all[i][0]) == 0)
            return all[i][1];
    return "";
}

int pg_refuse(pg *db, const PGresult *result) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || PQstatus(db->conn) == CONNECTION_BAD)
        return pg_lost(db);
    memcpy(db->sqlstate, state, 5);
    /* 23503: a row that this one names was deleted meanwhile. */
    db->transient = is_class(state, "08") || is_class(state, "57P") || is_class(state, "40") ||
                    !strcmp(state, "53300") || !strcmp(state, "23503");
    char *line = one_line(text), *hint = one_line(PQresultErrorField(result, PG_DIAG_MESSAGE_HINT));
    const char *step = advice(state);
    int status = fail(TW_DATABASE, "%s: cannot %s: %s (SQLSTATE %s)%s%s%s", pg_name(db), db->doing,
                      line, state, step, *step || !*hint ? "" : "; ", *step ? "" : hint);
    free(line);
    free(hint);
    return status;
}

int pg_lost(pg *db) {
    char *line = one_line(PQerrorMessage(db->conn));
    db->transient = 1;
    strcpy(db->sqlstate, "08006");
    int status = fail(TW_DATABASE, "%s: the connection was lost when it had to %s: %s", pg_name(db),
                      db->doing, *line ? line : "it was closed");
    free(line);
    return status;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

/* Until the socket is ready, a signal comes or `until` has passed: 1 ready, 0 too late,
 * -1 signal. */
static int wait_socket(const pg *db, short events, double until) {
    enum { SLICE = 200 }; /* ms: a signal just before poll is seen after it */
    struct pollfd socket = {PQsocket(db->conn), events, 0};
    for (;;) {
        if (!db->committing && interrupted())
            return -1;
        double left = until - seconds_now();
        if (left <= 0)
            return 0;
        if (poll(&socket, 1, left * 1000 < SLICE ? (int)(left * 1000) + 1 : SLICE) > 0)
            return 1;
    }
}

void pg_drop(pg *db) {
    if (db->conn)
        PQfinish(db->conn);
    db->conn = NULL;
}

int pg_wait(pg *db, int write) {
    short events = write ? POLLIN | POLLOUT : POLLIN;
    int ready = wait_socket(db, events, seconds_now() + db->timeout);
    if (ready > 0)
        return 0;
    pg_cancel(db->conn);
    pg_drop(db);
    if (ready < 0)
        return interrupted();
    db->transient = 0;
    strcpy(db->sqlstate, "57014");
    return fail(TW_DATABASE,
                "%s: the server said nothing for %.0f s when it had to %s; the statement is "
                "cancelled (TWOTOWER_DB_TIMEOUT gives it more seconds)",
                pg_name(db), db->timeout, db->doing);
}

/* Sends what waits, taking in what comes meanwhile. */
int pg_flush(pg *db) {
    for (;;) {
        int left = PQflush(db->conn);
        if (left < 0)
            return pg_lost(db);
        if (!left)
            return 0;
        int status = pg_wait(db, 1);
        if (status)
            return status;
        if (!PQconsumeInput(db->conn))
            return pg_lost(db);
    }
}

int pg_result(pg *db, PGresult **result) {
    *result = NULL;
    while (PQisBusy(db->conn)) {
        int status = pg_wait(db, 0);
        if (status)
            return status;
        if (!PQconsumeInput(db->conn))
            return pg_lost(db);
    }
    *result = PQgetResult(db->conn);
    return 0;
}

/* ---- Connecting --------------------------------------------------------------------------- */

static void be_silent(void *context, const char *text) {
    (void)context;
    (void)text;
}

static int has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

/* Before a connection stands, libpq gives words and no SQLSTATE. */
static int may_pass(const char *text) {
    if (has(text, "certificate") || has(text, "SSL") || has(text, "password") ||
        has(text, "authentication"))
        return 0;
    return !has(text, "FATAL") || has(text, "too many") || has(text, "starting up") ||
           has(text, "shutting down") || has(text, "connection slots") || has(text, "recovery");
}

static int refuse_connection(pg *db, const char *why) {
    char *line = one_line(why), *hint = pg_target_hint(&db->target);
    int tls = has(line, "certificate") || has(line, "SSL");
    db->transient = may_pass(line);
    int status = hint ? fail(TW_DATABASE, "%s: no connection: %s", pg_name(db), hint)
                      : fail(TW_DATABASE, "%s: no connection: %s%s", pg_name(db), line,
                             tls ? "; a host that is not this machine must show a certificate: "
                                   "PGSSLROOTCERT names the file of its CA, SUPABASE_CA_CERT "
                                   "holds it in Base64"
                                 : "");
    free(line);
    free(hint);
    return status;
}

static int connect_once(pg *db) {
    double until = seconds_now() + atof(pg_target_get(&db->target, "connect_timeout"));
    pg_drop(db);
    db->conn = PQconnectStartParams(db->target.keyword, (const char *const *)db->target.value, 0);
    if (!db->conn)
        return fail(TW_DATABASE, "%s: no connection: there is no memory for it", pg_name(db));
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (PQstatus(db->conn) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        int ready = wait_socket(db, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, until);
        if (ready < 0)
            return interrupted();
        if (!ready)
            return refuse_connection(db, "it takes too long (connect_timeout)");
        state = PQconnectPoll(db->conn);
        if (state == PGRES_POLLING_FAILED)
            break;
    }
    if (PQstatus(db->conn) != CONNECTION_OK)
        return refuse_connection(db, PQerrorMessage(db->conn));
    PQsetNoticeProcessor(db->conn, be_silent, NULL);
    if (PQsetnonblocking(db->conn, 1) != 0)
        return pg_lost(db);
    return 0;
}

/* 0.25 s, then twice as long each time; a signal ends it. */
int pg_pause(const pg *db, int next_try) {
    double until = seconds_now() + 0.125 * (double)(1 << next_try);
    while (seconds_now() < until) {
        const struct timespec slice = {0, 20000000};
        int status = db->committing ? 0 : interrupted();
        if (status)
            return status;
        nanosleep(&slice, NULL);
    }
    return 0;
}

/* Says why, forgets the failure and waits. */
int pg_try_again(const pg *db, int done) {
    log_info("%s; trying again (%d of %d)", fail_text(), done, PG_TRIES - 1);
    fail_clear();
    return pg_pause(db, done);
}

int pg_reconnect(pg *db) {
    if (db->conn && PQstatus(db->conn) == CONNECTION_OK)
        return 0;
    for (int done = 1;; done++) {
        db->transient = 0;
        int status = connect_once(db);
        if (!status)
            return 0;
        pg_drop(db);
        if (!db->transient || status != TW_DATABASE || done == PG_TRIES) {
            db->transient = 0; /* tried often enough */
            return status;
        }
        status = pg_try_again(db, done);
        if (status)
            return status;
    }
}

int pg_open(pg **opened, const pg_settings *settings) {
    pg *db = xcalloc(1, sizeof *db);
    db->doing = "connect";
    db->timeout = settings->timeout;
    *opened = NULL;
    int status = db->timeout > 0 && db->timeout < 1e7
                     ? pg_target_find(&db->target, settings)
                     : fail(TW_USAGE, "the variable TWOTOWER_DB_TIMEOUT: seconds are expected");
    if (!status)
        status = pg_reconnect(db);
    if (status)
        pg_close(db);
    else
        *opened = db;
    return status;
}

void pg_close(pg *db) {
    if (!db)
        return;
    pg_drop(db);
    pg_target_free(&db->target);
    free(db);
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* Takes the results of what was sent: the last one with rows, or none; fails with the
 * first that failed. */
static int take_results(pg *db, PGresult **rows) {
    PGresult *one;
    int status = pg_flush(db), broken = status;
    while (!broken && !(broken = pg_result(db, &one)) && one) {
        ExecStatusType state = PQresultStatus(one);
        int good =
            state == PGRES_COMMAND_OK || state == PGRES_TUPLES_OK || state == PGRES_EMPTY_QUERY;
        if (!good && !status)
            status = pg_refuse(db, one);
        if (rows && good && !status) {
            PQclear(*rows);
            *rows = one;
        } else
            PQclear(one);
    }
    return status ? status : broken;
}

static int finish(pg *db, int sent, PGresult **rows) {
    if (!sent)
        return pg_lost(db);
    int status = take_results(db, rows);
    if (status && rows) {
        PQclear(*rows);
        *rows = NULL;
    }
    return status;
}

/* A connection that is gone is a failure like any other. */
static int is_gone(pg *db) {
    if (db->conn)
        return 0;
    db->transient = 1;
    strcpy(db->sqlstate, "08003");
    return fail(TW_DATABASE, "%s: there is no connection any more", pg_name(db));
}

int pg_run(pg *db, const char *sql) {
    int status = is_gone(db);
    return status ? status : finish(db, PQsendQuery(db->conn, sql), NULL);
}

static int ask(pg *db, PGresult **rows, const char *sql, const pg_values *given, int binary) {
    *rows = NULL;
    int status = is_gone(db);
    if (status)
        return status;
    return finish(db,
                  PQsendQueryParams(db->conn, sql, given->count, given->type, given->value,
                                    given->length, given->format, binary),
                  rows);
}

int pg_query_values(pg *db, PGresult **rows, const char *sql, const pg_values *given) {
    return ask(db, rows, sql, given, 0);
}

int pg_query_binary(pg *db, PGresult **rows, const char *sql, const pg_values *given) {
    return ask(db, rows, sql, given, 1);
}

int pg_query(pg *db, PGresult **rows, const char *sql, int count, const char *const *values) {
    const pg_values given = {.count = count, .value = values};
    return pg_query_values(db, rows, sql, &given);
}

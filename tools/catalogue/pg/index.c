/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/index.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/connection.h"
#include "catalogue/pg/pg_store.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Building takes minutes per million rows, in which the server says nothing. */
enum { BUILDING = 7 * 24 * 3600, WATCHING = 2 };

/* One row: the partition, quoted; has it an index that is finished? */
static const char partition_sql[] =
    "SELECT 'public.' || quote_ident(c.relname), coalesce(bool_or(x.indisvalid), false) "
    "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
    "LEFT JOIN (pg_index x JOIN pg_class n ON n.oid = x.indexrelid JOIN pg_am m ON m.oid = n.relam "
    "  AND m.amname = 'hnsw') ON x.indrelid = c.oid "
    "WHERE c.oid = public.embedding_partition('video', $1) "
    "GROUP BY c.oid, c.relname";

/* The graph should fit into maintenance_work_mem, which is far slower on disk; but it gets no more
 * than shared_buffers, which were chosen for the machine's memory. */
static const char memory_sql[] =
    "SELECT set_config('maintenance_work_mem', greatest(pg_size_bytes(current_setting("
    "'maintenance_work_mem')), least(pg_size_bytes(current_setting('shared_buffers')), "
    "$1::bigint * ($2::bigint * 2 + 600))) / 1024 || 'kB', true), "
    "set_config('max_parallel_maintenance_workers', CASE WHEN $3 <> '0' THEN $3 ELSE "
    "current_setting('max_parallel_maintenance_workers') END, true), "
    "set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true), "
    "pg_backend_pid()";

typedef struct building {
    pg *watch;
    const char *version;
    uint64_t workers;
    index_report *report;
} building;

/* ---- While it is built ---------------------------------------------------------------------- */

static int show_progress(pg *watch, const char *pid) {
    PGresult *rows;
    const char *const values[] = {pid};
    int status = pg_query(watch, &rows,
                          "SELECT tuples_done, tuples_total FROM pg_stat_progress_create_index "
                          "WHERE pid = $1::int",
                          1, values);
    if (!status && PQntuples(rows))
        progress_show("rows in the index", strtoull(PQgetvalue(rows, 0, 0), NULL, 10),
                      strtoull(PQgetvalue(rows, 0, 1), NULL, 10));
    PQclear(rows);
    return status;
}

/* Sends the statement, and asks the other connection for its progress until it ends. */
static int build_watched(pg *db, pg *watch, const char *sql, const char *pid) {
    PGresult *result;
    int status = 0;
    if (!PQsendQuery(db->conn, sql))
        return pg_lost(db);
    while (watch && !status && PQisBusy(db->conn)) {
        struct pollfd socket = {PQsocket(db->conn), POLLIN, 0};
        status = PQflush(db->conn) < 0 ? pg_lost(db) : interrupted();
        if (status)
            break;
        if (poll(&socket, 1, 500) > 0)
            status = PQconsumeInput(db->conn) ? 0 : pg_lost(db);
        else if (show_progress(watch, pid) != 0) {
            fail_clear(); /* it goes on unseen */
            watch = NULL;
        }
    }
    if (status)
        return status;
    status = pg_flush(db);
    while (!status && !(status = pg_result(db, &result)) && result) {
        if (PQresultStatus(result) != PGRES_TUPLES_OK)
            status = pg_refuse(db, result);
        PQclear(result);
    }
    return status;
}

/* ---- The transaction ------------------------------------------------------------------------ */

static int count_rows(pg *db, const char *part, index_report *report, char *dim, size_t size) {
    PGresult *rows;
    char *sql = xasprintf("SELECT count(*), (SELECT atttypmod FROM pg_attribute WHERE attrelid = "
                          "'%s'::regclass AND attname = 'embedding') FROM %s",
                          part, part);
    int status = pg_query(db, &rows, sql, 0, NULL);
    if (!status) {
        report->rows = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
        snprintf(dim, size, "%s", PQgetvalue(rows, 0, 1));
    }
    PQclear(rows);
    free(sql);
    return status;
}

static int build(pg *db, const building *work, const PGresult *found) {
    char rows[24], dim[24] = "", workers[24], pid[24];
    PGresult *settings;
    int status = count_rows(db, PQgetvalue(found, 0, 0), work->report, dim, sizeof dim);
    if (status)
        return status;
    snprintf(rows, sizeof rows, "%llu", (unsigned long long)work->report->rows);
    snprintf(workers, sizeof workers, "%llu", (unsigned long long)work->workers);
    const char *const values[] = {rows, dim, workers};
    status = pg_query(db, &settings, memory_sql, 3, values);
    if (status)
        return status;
    snprintf(pid, sizeof pid, "%s", PQgetvalue(settings, 0, 4));
    PQclear(settings);
    char *version = pg_literal(work->version);
    char *sql = xasprintf("SELECT public.index_embedding_partition(%s)", version);
    double timeout = db->timeout, start = seconds_now();
    db->timeout = BUILDING;
    status = build_watched(db, work->watch, sql, pid);
    db->timeout = timeout;
    work->report->seconds = seconds_now() - start;
    free(sql);
    free(version);
    return status;
}

static int work_on(pg *db, void *context) {
    building *work = context;
    PGresult *found;
    const char *const values[] = {work->version};
    int status = pg_query(db, &found, partition_sql, 1, values);
    if (status)
        return status;
    if (!PQntuples(found))
        status = fail(TW_INPUT,
                      "%s: there are no video embeddings of version '%.64s'; twotower "
                      "upsert writes them",
                      pg_name(db), work->version);
    else if (*PQgetvalue(found, 0, 1) == 't')
        work->report->outcome = INDEX_THERE;
    else
        status = build(db, work, found);
    PQclear(found);
    return status;
}

int index_build(pg *db, pg *watch, const char *version, uint64_t workers, index_report *report) {
    building work = {watch, version, workers, report};
    PGresult *rows;
    *report = (index_report){.outcome = INDEX_BUILT};
    pg_doing(db, "build the index");
    if (watch)
        watch->timeout = WATCHING; /* one session may serve both connections, and wait */
    int status = pg_query(db, &rows, "SELECT FROM pg_am WHERE amname = 'hnsw'", 0, NULL);
    if (status)
        return status;
    if (!PQntuples(rows))
        report->outcome = INDEX_NOT_POSSIBLE;
    PQclear(rows);
    if (report->outcome == INDEX_NOT_POSSIBLE)
        return 0;
    return pg_transaction(db, NULL, work_on, &work);
}

/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/migrate.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/connection.h"
#include "catalogue/pg/rights.h"
#include "format/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void checksum(const migration *one, char hex[SHA256_HEX]) {
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, one->sql, strlen(one->sql));
    sha256_end(&hash, hex);
}

/* ---- What is there ------------------------------------------------------------------------ */

static int find(int number) {
    for (unsigned i = 0; i < migration_count; i++)
        if (migrations[i].number == number)
            return (int)i;
    return -1;
}

static int take_row(const pg *db, const char *number, const char *sum, const char *program,
                    migration_state *state) {
    int at = find(atoi(number));
    char hex[SHA256_HEX];
    if (at < 0)
        return fail(TW_DATABASE,
                    "%s: migration %s is there, made by twotower %s, and this program does not "
                    "know it; use that version or a newer one",
                    pg_name(db), number, program);
    checksum(&migrations[at], hex);
    if (strcmp(sum, hex) != 0)
        return fail(TW_DATABASE,
                    "%s: migration %s is there in another form, made by twotower %s; use that "
                    "version to work on this database",
                    pg_name(db), migrations[at].name, program);
    state[at] = MIGRATION_APPLIED;
    return 0;
}

int migrations_read(pg *db, migration_state *state) {
    PGresult *rows;
    for (unsigned i = 0; i < migration_count; i++)
        state[i] = MIGRATION_PENDING;
    pg_doing(db, "read what was migrated");
    int status = pg_query(db, &rows, "SELECT to_regclass('public.twotower_migrations')", 0, NULL);
    if (status)
        return status;
    int none = PQgetisnull(rows, 0, 0);
    PQclear(rows);
    if (none)
        return 0;
    status = pg_query(db, &rows,
                      "SELECT number, checksum, program FROM public.twotower_migrations "
                      "ORDER BY number",
                      0, NULL);
    if (status)
        return status;
    for (int i = 0; i < PQntuples(rows) && !status; i++)
        status = take_row(db, PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
                          PQgetvalue(rows, i, 2), state);
    PQclear(rows);
    return status;
}

int embedding_dim_read(pg *db, uint64_t *dim) {
    PGresult *rows;
    *dim = 0;
    pg_doing(db, "read the dimension of the embeddings");
    int status = pg_query(db, &rows,
                          "SELECT a.atttypmod FROM pg_attribute a "
                          "WHERE a.attrelid = to_regclass('public.video_embeddings') "
                          "AND a.attname = 'embedding' AND a.atttypmod > 0",
                          0, NULL);
    if (!status && PQntuples(rows))
        *dim = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return status;
}

/* ---- Applying ------------------------------------------------------------------------------- */

/* What a migration says by RAISE NOTICE goes to the user; what Postgres remarks does not. */
static void hear(void *context, const PGresult *result) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    (void)context;
    if (state && text && strcmp(state, "00000") == 0)
        log_info("%.400s", text);
}

typedef struct application {
    const migration *one;
    const char *program;
    char dim[24];
    int applied;
} application;

/* The lock is the same for every migration of a database; names that are not qualified are found in
 * pg_catalog alone, whatever the role's own search_path. */
static const char begin_migration[] =
    "BEGIN;"
    "SET LOCAL lock_timeout = '60s';"
    "SET LOCAL statement_timeout = 0;"
    "SET LOCAL idle_in_transaction_session_timeout = 0;"
    "SET LOCAL client_min_messages = notice;"
    "SELECT pg_advisory_xact_lock(8390046207134036041);"
    "CREATE TABLE IF NOT EXISTS public.twotower_migrations ("
    "  number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
    "  program text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());"
    "SET LOCAL search_path = pg_catalog, pg_temp";

static int record(pg *db, const migration *one, const char *program) {
    char number[16], hex[SHA256_HEX];
    snprintf(number, sizeof number, "%d", one->number);
    checksum(one, hex);
    const char *const values[] = {number, one->name, hex, program};
    PGresult *rows;
    int status =
        pg_query(db, &rows,
                 "INSERT INTO public.twotower_migrations (number, name, checksum, program) "
                 "VALUES ($1, $2, $3, $4)",
                 4, values);
    PQclear(rows);
    return status;
}

static int apply(pg *db, void *context) {
    application *work = context;
    const char *const dim[] = {work->dim};
    migration_state *state = xmalloc(migration_count * sizeof *state);
    PGresult *rows = NULL;
    /* The connection may be a new one. */
    PQsetNoticeReceiver(db->conn, hear, NULL);
    work->applied = 0;
    int status = migrations_read(db, state);
    int there = state[find(work->one->number)] == MIGRATION_APPLIED;
    free(state);
    if (status || there)
        return status;
    char *doing = xasprintf("apply migration %s", work->one->name);
    pg_doing(db, doing);
    status = pg_query(db, &rows, "SELECT set_config('twotower.embedding_dim', $1, true)", 1, dim);
    PQclear(rows);
    if (!status)
        status = pg_run(db, work->one->sql);
    if (!status)
        status = record(db, work->one, work->program);
    if (!status)
        status = rights_give(db, NULL, NULL);
    work->applied = !status;
    pg_doing(db, "migrate");
    free(doing);
    return status;
}

int migration_apply(pg *db, const migration *one, uint64_t dim, const char *program, int *applied) {
    application work = {.one = one, .program = program};
    snprintf(work.dim, sizeof work.dim, "%llu", (unsigned long long)dim);
    pg_doing(db, "migrate");
    int status = pg_transaction(db, begin_migration, apply, &work);
    *applied = !status && work.applied;
    return status;
}

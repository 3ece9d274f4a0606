/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/rights.h"

#include "base/fail.h"
#include "catalogue/pg/migrations.h"

const char rights_begin[] = "BEGIN; SET LOCAL search_path = pg_catalog, pg_temp;"
                            "SET LOCAL lock_timeout = '60s'";

enum { VERDICT, TEXT, STATEMENT };

static verdict verdict_of(const PGresult *rows, int row) {
    return *PQgetvalue(rows, row, VERDICT) == 'w' ? WARNS : MISFITS;
}

int rights_compare(pg *db, right_told tell, void *context) {
    PGresult *rows;
    int status = pg_query(db, &rows, rights_sql, 0, NULL);
    for (int i = 0; !status && i < PQntuples(rows); i++)
        tell(context, verdict_of(rows, i), PQgetvalue(rows, i, TEXT),
             PQgetisnull(rows, i, STATEMENT) ? NULL : PQgetvalue(rows, i, STATEMENT));
    PQclear(rows);
    return status;
}

static int give_each(pg *db, const PGresult *rows, right_told tell, void *context) {
    int status = pg_run(db, "SET LOCAL client_min_messages = warning");
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        const char *statement = PQgetvalue(rows, i, STATEMENT);
        if (PQgetisnull(rows, i, STATEMENT))
            continue;
        status = pg_run(db, statement);
        if (!status && tell)
            tell(context, verdict_of(rows, i), PQgetvalue(rows, i, TEXT), statement);
    }
    return status;
}

/* A right that a third role gave cannot be taken by the owner. */
static int nothing_left(pg *db) {
    PGresult *rows;
    int status = pg_query(db, &rows, rights_sql, 0, NULL);
    for (int i = 0; !status && i < PQntuples(rows); i++)
        if (!PQgetisnull(rows, i, STATEMENT))
            status =
                fail(TW_DATABASE,
                     "%s: %s, and this user cannot change it (%s); connect as the role that gave "
                     "it, or as a superuser",
                     pg_name(db), PQgetvalue(rows, i, TEXT), PQgetvalue(rows, i, STATEMENT));
    PQclear(rows);
    return status;
}

int rights_give(pg *db, right_told tell, void *context) {
    PGresult *rows;
    int status = pg_query(db, &rows, rights_sql, 0, NULL);
    if (!status && !PQntuples(rows)) {
        PQclear(rows);
        return 0;
    }
    if (!status)
        status = give_each(db, rows, tell, context);
    PQclear(rows);
    return status ? status : nothing_left(db);
}

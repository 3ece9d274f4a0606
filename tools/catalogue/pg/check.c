/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/check.h"

#include "base/fail.h"
#include "catalogue/pg/migrate.h"
#include "catalogue/pg/rights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A failure that says something about the schema is a finding; others end the check. */
static int take_failure(pg *db, const char *subject, int status, finding report, void *context) {
    if (status != TW_DATABASE || strncmp(pg_sqlstate(db), "42", 2) != 0)
        return status;
    report(context, subject, MISFITS, fail_text());
    fail_clear();
    return 0;
}

static int check_migrations(pg *db, finding report, void *context) {
    migration_state *state = xmalloc(migration_count * sizeof *state);
    unsigned pending = 0;
    int status = migrations_read(db, state);
    for (unsigned i = 0; i < migration_count; i++)
        pending += state[i] == MIGRATION_PENDING;
    free(state);
    if (status == TW_DATABASE && !*pg_sqlstate(db)) {
        report(context, "migrations", MISFITS, fail_text());
        fail_clear();
        return 0;
    }
    if (status)
        return take_failure(db, "migrations", status, report, context);
    char *text = pending ? xasprintf("%u of %u migrations are not applied; twotower db migrate",
                                     pending, migration_count)
                         : xasprintf("all %u migrations are applied", migration_count);
    report(context, "migrations", pending ? MISFITS : FITS, text);
    free(text);
    return 0;
}

/* Are the relations there? */
static int has_relations(pg *db, const char *names, int *there) {
    PGresult *rows;
    const char *const values[] = {names};
    int status = pg_query(db, &rows,
                          "SELECT coalesce(bool_and(to_regclass('public.' || name) IS NOT NULL), "
                          "true) FROM unnest($1::text[]) AS name",
                          1, values);
    if (!status)
        *there = *PQgetvalue(rows, 0, 0) == 't';
    PQclear(rows);
    return status;
}

static int run_check(pg *db, const check *one, const char *dim, finding report, void *context) {
    PGresult *rows;
    int there = 0, status = has_relations(db, one->needs, &there);
    if (status || !there)
        return status;
    const char *const values[] = {dim};
    status = pg_query(db, &rows, one->sql, strstr(one->sql, "$1") ? 1 : 0, values);
    for (int i = 0; !status && i < PQntuples(rows); i++) {
        char found = *PQgetvalue(rows, i, 0);
        report(context, one->subject,
               found == 'f'   ? FITS
               : found == 'w' ? WARNS
                              : MISFITS,
               PQgetvalue(rows, i, 1));
    }
    PQclear(rows);
    return status ? take_failure(db, one->subject, status, report, context) : 0;
}

typedef struct reporting {
    finding report;
    void *context;
    unsigned reported;
} reporting;

static void count_and_report(void *context, verdict found, const char *text,
                             const char *statement) {
    reporting *to = context;
    char *line = xasprintf("%s%s", text, statement ? "; twotower db migrate --rights" : "");
    to->reported++;
    to->report(to->context, "rights", found, line);
    free(line);
}

static int compare_rights(pg *db, void *context) {
    return rights_compare(db, count_and_report, context);
}

static int check_rights(pg *db, finding report, void *context) {
    reporting to = {report, context, 0};
    int there = 0, status = has_relations(db, "{twotower_migrations}", &there);
    if (status || !there)
        return status;
    status = pg_transaction(db, rights_begin, compare_rights, &to);
    if (!status && !to.reported)
        report(context, "rights", FITS,
               "every function, table and view has the rights that are meant");
    return status ? take_failure(db, "rights", status, report, context) : 0;
}

int database_check(pg *db, uint64_t dim, finding report, void *context) {
    char number[24];
    snprintf(number, sizeof number, "%llu", (unsigned long long)dim);
    int status = check_migrations(db, report, context);
    pg_doing(db, "look at the schema");
    for (unsigned i = 0; i < check_count && !status; i++)
        status = run_check(db, &checks[i], number, report, context);
    return status ? status : check_rights(db, report, context);
}

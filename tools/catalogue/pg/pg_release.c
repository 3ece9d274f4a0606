/* SPDX-License-Identifier: MIT */
/* The active release of an environment: the function activate_release of the migrations. */
#include "base/fail.h"
#include "catalogue/pg/check.h"
#include "catalogue/pg/pg_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct moving {
    const store *base;
    const release_row *row;
    int moved;
} moving;

static int move(pg *db, void *context) {
    moving *m = context;
    char sequence[24];
    PGresult *rows;
    snprintf(sequence, sizeof sequence, "%llu", (unsigned long long)m->row->sequence);
    const char *const values[] = {m->row->environment, m->row->model_version, sequence,
                                  m->row->manifest_sha256};
    int status =
        pg_query(db, &rows, "select public.activate_release($1, $2, $3::bigint, $4)", 4, values);
    if (status)
        return status;
    const char *answer = PQntuples(rows) == 1 ? PQgetvalue(rows, 0, 0) : "";
    m->moved = !strcmp(answer, "moved");
    if (!strcmp(answer, "conflict"))
        status = release_conflict(m->base, m->row);
    PQclear(rows);
    return status;
}

int pg_release_move(store *base, const release_row *row, int *moved) {
    pg_store *one = (pg_store *)base;
    moving m = {base, row, 0};
    pg_store_end_snapshot(one);
    pg_doing(one->db, "activate the release");
    int status = pg_transaction(one->db, NULL, move, &m);
    *moved = m.moved;
    return status;
}

int pg_release_row(pg *db, const char *environment, json_t **row) {
    const char *const values[] = {environment};
    PGresult *rows = NULL, *columns = NULL;
    *row = NULL;
    pg_doing(db, "read the active release");
    int status = pg_columns(db, "active_release", &columns);
    if (!status && PQntuples(columns))
        status = pg_query(db, &rows,
                          "select model_version, sequence, manifest_sha256 "
                          "from public.active_release where environment = $1",
                          1, values);
    if (rows && PQntuples(rows))
        *row = json_pack("{s:s, s:I, s:s?}", "model_version", PQgetvalue(rows, 0, 0), "sequence",
                         (json_int_t)strtoll(PQgetvalue(rows, 0, 1), NULL, 10), "manifest_sha256",
                         PQgetisnull(rows, 0, 2) ? NULL : PQgetvalue(rows, 0, 2));
    PQclear(rows);
    PQclear(columns);
    return status;
}

int pg_release_read(store *base, const char *environment, json_t **row) {
    pg_store *one = (pg_store *)base;
    pg_store_end_snapshot(one);
    return pg_release_row(one->db, environment, row);
}

/* SPDX-License-Identifier: MIT */
/* The active release of an environment: the function activate_release of the migrations. */
#include "base/fail.h"
#include "catalogue/pg/pg_store.h"

#include <stdio.h>
#include <string.h>

typedef struct moving {
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
        pg_ask(db, &rows, "select public.activate_release($1, $2, $3::bigint, $4)", 4, values);
    if (status)
        return status;
    m->moved = PQntuples(rows) == 1 && !strcmp(PQgetvalue(rows, 0, 0), "moved");
    PQclear(rows);
    return 0;
}

int pg_release_move(store *base, const release_row *row, int *moved) {
    pg_store *one = (pg_store *)base;
    moving m = {row, 0};
    pg_store_end_snapshot(one);
    pg_doing(one->db, "activate the release");
    int status = pg_transaction(one->db, NULL, move, &m);
    *moved = m.moved;
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Listings come into the database by its function list_videos, one transaction a batch. */
#include "base/fail.h"
#include "catalogue/pg/pg_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct listing_work {
    const char *value[4]; /* source, listings, watermark, cursor */
    listing_counts *counts;
} listing_work;

static int list(pg *db, void *context) {
    listing_work *work = context;
    PGresult *rows;
    uint64_t *const count[3] = {&work->counts->added, &work->counts->changed, &work->counts->same};
    pg_doing(db, "write the listed videos");
    int status = pg_query(db, &rows,
                          "SELECT added, changed, same FROM public.list_videos($1, $2::jsonb, "
                          "$3::timestamptz, $4::jsonb)",
                          4, work->value);
    if (status)
        return status;
    for (int i = 0; i < 3; i++)
        *count[i] = strtoull(PQgetvalue(rows, 0, i), NULL, 10);
    PQclear(rows);
    return 0;
}

/* Does what the work does, and takes it back. */
static int rehearse(pg *db, listing_work *work) {
    int status = pg_run(db, "BEGIN");
    if (!status)
        status = list(db, work);
    pg_rollback(db);
    return status;
}

int pg_list_videos(store *base, const store_listings *batch, listing_counts *counts) {
    pg_store *to = (pg_store *)base;
    const json_t *cursor = json_object_get(batch->state, "cursor");
    char *listings = json_dumps(batch->listings, JSON_COMPACT);
    char *text = json_is_object(cursor) ? json_dumps(cursor, JSON_COMPACT) : NULL;
    listing_work work = {{batch->source, listings,
                          json_string_value(json_object_get(batch->state, "watermark")), text},
                         counts};
    pg_store_end_snapshot(to);
    int status = batch->dry ? rehearse(to->db, &work) : pg_transaction(to->db, NULL, list, &work);
    free(listings);
    free(text);
    return status;
}

int pg_ingest_state(store *base, const char *source, json_t **state) {
    pg_store *from = (pg_store *)base;
    PGresult *rows;
    *state = NULL;
    pg_doing(from->db, "read the state of the ingest");
    int status = pg_query(from->db, &rows,
                          "SELECT jsonb_build_object('watermark', to_char(watermark AT TIME ZONE "
                          "'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'cursor', cursor)::text FROM "
                          "public.ingest_state WHERE source = $1",
                          1, &source);
    if (status)
        return status;
    if (PQntuples(rows))
        *state = json_loads(PQgetvalue(rows, 0, 0), 0, NULL);
    PQclear(rows);
    return 0;
}

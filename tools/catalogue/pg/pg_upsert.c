/* SPDX-License-Identifier: MIT */
/* Embeddings go into the database: all of them in one transaction, or none. */
#include "catalogue/pg/pg_store.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/probe.h"
#include "catalogue/pg/spool.h"
#include "catalogue/pg/wire.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 512 }; /* rows that one statement or one read of the file takes */

struct pg_upsert {
    pg_shape shape;
    pg_spool rows;
    char *version;
    int by_arrays;
    uint64_t gone;      /* rows whose video or user is not there any more */
    uint64_t forgotten; /* rows that were there, of users of whom nothing else is */
};

static int wants_arrays(const pg_store *to) {
    return to->writing == PG_WRITE_ARRAYS || (to->writing == PG_WRITE_AUTO && pg_pooled(to->db));
}

int pg_upsert_begin(store *base, embedding_kind kind, uint32_t dim) {
    pg_store *to = (pg_store *)base;
    pg_upsert_abandon(base);
    to->pending = xcalloc(1, sizeof *to->pending);
    to->pending->by_arrays = wants_arrays(to);
    int status = pg_store_snapshot(to);
    if (!status)
        status = pg_probe(&to->pending->shape, to->db, kind, dim);
    if (!status)
        status = pg_spool_open(&to->pending->rows, dim);
    if (status)
        pg_upsert_abandon(base);
    return status;
}

int pg_upsert_put(store *base, const embedding_row *row) {
    pg_upsert *to = ((pg_store *)base)->pending;
    tt_text version = row->model_version;
    if (!version.len || memchr(version.at, '\0', version.len))
        return fail(TW_INPUT, "an embedding needs a model version");
    if (!to->version)
        to->version = xstrndup(version.at, version.len);
    if (version.len != strlen(to->version) || memcmp(version.at, to->version, version.len))
        return fail(TW_INPUT,
                    "embeddings of one model version are expected, not of '%.80s' and '%.*s'",
                    to->version, (int)(version.len > 80 ? 80 : version.len), version.at);
    return pg_spool_put(&to->rows, row);
}

void pg_upsert_abandon(store *base) {
    pg_store *to = (pg_store *)base;
    if (!to->pending)
        return;
    pg_shape_free(&to->pending->shape);
    pg_spool_close(&to->pending->rows);
    free(to->pending->version);
    free(to->pending);
    to->pending = NULL;
}

/* ---- The partition ------------------------------------------------------------------------- */

/* Where it is there already, nothing is locked. */
static int make_partition(pg *db, void *context) {
    const pg_upsert *of = context;
    char dim[12];
    snprintf(dim, sizeof dim, "%u", of->rows.dim);
    const char *const value[] = {of->shape.kind, of->version, dim};
    PGresult *rows;
    pg_doing(db, "make the partition of the model version");
    int status =
        pg_query(db, &rows, "SELECT public.embedding_partition($1, $2) IS NOT NULL", 2, value);
    if (status)
        return status;
    int there = !strcmp(PQgetvalue(rows, 0, 0), "t");
    PQclear(rows);
    if (there)
        return pg_probe_version(&of->shape, db, of->version, of->rows.dim);
    status =
        pg_query(db, &rows, "SELECT public.create_embedding_partition($1, $2, $3::int)", 3, value);
    PQclear(rows);
    return status;
}

/* ---- One INSERT from `source`, which has the columns id, input_digest, updated_at, embedding --
 */

/* Of a user a profile or a decision is enough. */
static const char *is_there(embedding_kind kind) {
    return kind == VIDEO_EMBEDDINGS
               ? "EXISTS (SELECT FROM public.videos o WHERE o.id = r.id)"
               : "(EXISTS (SELECT FROM public.user_profiles o WHERE o.user_id = r.id) OR "
                 "EXISTS (SELECT FROM public.user_decisions o WHERE o.user_id = r.id))";
}

/* A row that is the same already is not touched, since the index would have to take it again, and
 * one that is of a later second stays.
 * Rows whose video or user is gone are left out and counted. */
static char *insert_from(const pg_upsert *of, const char *source) {
    const pg_shape *s = &of->shape;
    const char *there = is_there(s->of);
    char *version = pg_literal(of->version);
    char *sql =
        xasprintf("WITH written AS (INSERT INTO public.%s AS e "
                  "(%s, model_version, embedding, input_digest, updated_at) "
                  "SELECT r.id, %s, r.embedding, r.input_digest, r.updated_at FROM %s WHERE %s "
                  "ON CONFLICT (%s, model_version) DO UPDATE SET embedding = excluded.embedding, "
                  "input_digest = excluded.input_digest, updated_at = excluded.updated_at "
                  "WHERE e.updated_at < excluded.updated_at + interval '1 second' "
                  "AND (e.embedding IS DISTINCT FROM excluded.embedding "
                  "OR e.input_digest IS DISTINCT FROM excluded.input_digest)) "
                  "SELECT count(*) FROM %s WHERE NOT %s",
                  s->table, s->key, version, source, there, s->key, source, there);
    free(version);
    return sql;
}

static int take_gone(pg_upsert *to, pg *db, int status, PGresult *rows) {
    if (!status)
        to->gone += strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
    else if (!strcmp(pg_sqlstate(db), "21000"))
        log_info("an id stands twice among the embeddings");
    PQclear(rows);
    return status;
}

/* ---- By COPY into a temporary table -----------------------------------------------------------
 */

static int copy_rows(pg_upsert *from, pg *db) {
    unsigned char *bytes = xmalloc(BATCH * from->rows.record);
    size_t got = 1;
    int status =
        pg_copy_begin(db, "COPY pg_temp.twotower_rows (id, input_digest, updated_at, embedding) "
                          "FROM STDIN (FORMAT binary)");
    if (!status)
        status = pg_copy_put(db, pg_copy_head, sizeof pg_copy_head);
    while (!status && got) {
        status = pg_spool_read(&from->rows, bytes, BATCH, &got);
        if (!status)
            status = pg_copy_put(db, bytes, got * from->rows.record);
    }
    if (!status)
        status = pg_copy_put(db, pg_copy_tail, sizeof pg_copy_tail);
    free(bytes);
    return status ? status : pg_copy_end(db);
}

static int load_by_copy(pg_upsert *from, pg *db) {
    PGresult *rows;
    char *table = xasprintf("CREATE TEMPORARY TABLE twotower_rows (id uuid, input_digest text, "
                            "updated_at timestamptz, embedding %s) ON COMMIT DROP",
                            from->shape.type);
    int status = pg_run(db, table);
    free(table);
    if (!status)
        status = copy_rows(from, db);
    if (status)
        return status;
    char *sql = insert_from(from, "pg_temp.twotower_rows r");
    status = pg_query(db, &rows, sql, 0, NULL);
    free(sql);
    return take_gone(from, db, status, rows);
}

/* ---- By arrays: for transaction poolers, where COPY is not certain ------------------------------
 */

typedef struct array {
    unsigned char *bytes;
    Oid element, type;
    size_t offset, size; /* of the field in a record */
} array;

/* One dimension, no nulls, from 1. */
static int fill(array *to, const pg_spool *from, const unsigned char *records, size_t count) {
    unsigned char *at = wire_put32(wire_put32(to->bytes, 1), 0);
    at = wire_put32(wire_put32(wire_put32(at, to->element), (uint32_t)count), 1);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *field = records + i * from->record + to->offset - 4;
        memcpy(at, field, 4 + to->size);
        at += 4 + to->size;
    }
    return (int)(at - to->bytes);
}

static int load_batch(pg_upsert *from, pg *db, const char *sql, array *arrays,
                      const unsigned char *records, size_t count) {
    enum { FIELDS = 4 };
    Oid type[FIELDS];
    const char *value[FIELDS];
    int length[FIELDS];
    static const int format[FIELDS] = {1, 1, 1, 1};
    PGresult *rows;
    for (int i = 0; i < FIELDS; i++) {
        type[i] = arrays[i].type;
        length[i] = fill(&arrays[i], &from->rows, records, count);
        value[i] = (const char *)arrays[i].bytes;
    }
    const pg_values given = {FIELDS, type, value, length, format};
    int status = pg_query_values(db, &rows, sql, &given);
    return take_gone(from, db, status, rows);
}

static int load_by_arrays(pg_upsert *from, pg *db) {
    enum { UUID = 2950, UUIDS = 2951, TEXT = 25, TEXTS = 1009, TIME = 1184, TIMES = 1185 };
    array arrays[] = {
        {NULL, UUID, UUIDS, SPOOL_ID, 16},
        {NULL, TEXT, TEXTS, SPOOL_DIGEST, 16},
        {NULL, TIME, TIMES, SPOOL_TIME, 8},
        {NULL, from->shape.element, from->shape.array, SPOOL_VECTOR, from->rows.vector}};
    unsigned char *records = xmalloc(BATCH * from->rows.record);
    char *sql =
        insert_from(from, "unnest($1, $2, $3, $4) AS r (id, input_digest, updated_at, embedding)");
    size_t got = 1;
    int status = 0;
    for (int i = 0; i < 4; i++)
        arrays[i].bytes = xmalloc(20 + BATCH * (4 + arrays[i].size));
    while (!status && got) {
        status = pg_spool_read(&from->rows, records, BATCH, &got);
        if (!status && got)
            status = load_batch(from, db, sql, arrays, records, got);
    }
    for (int i = 0; i < 4; i++)
        free(arrays[i].bytes);
    free(records);
    free(sql);
    return status;
}

/* ---- The transaction
 * ------------------------------------------------------------------------------ */

static int forget_unknown(pg_upsert *from, pg *db) {
    PGresult *rows;
    int status = pg_query(db, &rows, "SELECT public.forget_unknown_users()", 0, NULL);
    if (!status)
        from->forgotten = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return status;
}

/* The operators of the type are found wherever it is. */
static int load(pg *db, void *context) {
    pg_upsert *from = context;
    char *local = xasprintf("SET LOCAL statement_timeout = '%.0fms';"
                            "SET LOCAL search_path = pg_catalog, %s, pg_temp",
                            pg_timeout(db) * 1000, from->shape.schema);
    from->gone = 0;
    pg_doing(db, "write the embeddings");
    int status = pg_run(db, local);
    free(local);
    if (!status)
        status = pg_spool_rewind(&from->rows);
    if (!status && from->rows.rows)
        status = from->by_arrays ? load_by_arrays(from, db) : load_by_copy(from, db);
    if (!status && from->shape.of == USER_EMBEDDINGS)
        status = forget_unknown(from, db);
    return status;
}

int pg_upsert_commit(store *base) {
    pg_store *to = (pg_store *)base;
    pg_upsert *from = to->pending;
    int status = 0;
    pg_store_end_snapshot(to);
    if (from->rows.rows)
        status = pg_transaction(to->db, NULL, make_partition, from);
    if (!status && (from->rows.rows || from->shape.of == USER_EMBEDDINGS))
        status = pg_transaction(to->db, NULL, load, from);
    if (!status && from->gone)
        log_info("%llu %ss were deleted meanwhile; they got no embedding",
                 (unsigned long long)from->gone, from->shape.kind);
    if (!status && from->forgotten)
        log_info("%llu embeddings of users without profile and decisions were deleted",
                 (unsigned long long)from->forgotten);
    pg_upsert_abandon(base);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/pg_store.h"

#include "base/fail.h"
#include "catalogue/pg/wire.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- One snapshot ------------------------------------------------------------------------ */

/* A pooler may have dropped the connection while nothing was asked: then a new one. */
int pg_store_snapshot(pg_store *from) {
    if (from->reading)
        return 0;
    pg_doing(from->db, "begin to read");
    int status = pg_begin(from->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    from->reading = !status;
    return status;
}

void pg_store_end_snapshot(pg_store *from) {
    if (from->reading)
        pg_rollback(from->db);
    from->reading = 0;
}

/* ---- What tables look like, and fields ---------------------------------------------------- */

int pg_columns(pg *db, const char *table, PGresult **columns) {
    char *name = xasprintf("public.%s", table);
    const char *const value[] = {name};
    int status = pg_query(db, columns,
                          "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
                          "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
                          1, value);
    free(name);
    return status;
}

const char *pg_column(const PGresult *columns, const char *name) {
    for (int i = 0; i < PQntuples(columns); i++)
        if (strcmp(PQgetvalue(columns, i, 0), name) == 0)
            return PQgetvalue(columns, i, 1);
    return NULL;
}

char *pg_literal(const char *text) {
    char *literal = xmalloc(2 * strlen(text) + 4), *at = literal;
    *at++ = 'E'; /* backslashes mean the same whatever the server's settings */
    *at++ = '\'';
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            *at++ = *text;
        *at++ = *text;
    }
    *at++ = '\'';
    *at = '\0';
    return literal;
}

tt_text pg_text(const pg_field *field) {
    return (tt_text){(const char *)field->at, field->len};
}

int64_t pg_int8(const pg_field *field) {
    return field->null || field->len != 8 ? INT64_MIN : (int64_t)wire_get64(field->at);
}

double pg_float8(const pg_field *field) {
    double value;
    if (field->null || field->len != 8)
        return NAN;
    uint64_t bits = wire_get64(field->at);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- Decisions ------------------------------------------------------------------------------ */

typedef struct decision_pass {
    const pg_store *from;
    decision_callback row;
    void *context;
} decision_pass;

static int is_word(tt_text text, const char *word) {
    return text.len == strlen(word) && !strncasecmp(text.at, word, text.len);
}

static int take_decision(void *context, const pg_field *field) {
    const decision_pass *pass = context;
    decision row = {pg_text(&field[0]), pg_text(&field[1]), DECISION_LIKE, pg_int8(&field[3])};
    tt_text type = pg_text(&field[2]);
    if (is_word(type, "LIKE"))
        row.type = DECISION_LIKE;
    else if (is_word(type, "DISLIKE") || is_word(type, "NOPE"))
        row.type = DECISION_DISLIKE;
    else if (is_word(type, "SKIP"))
        row.type = DECISION_SKIP;
    else
        return fail(TW_INPUT,
                    "%s: user_video_decisions: decision_type of user %.*s: LIKE, DISLIKE, NOPE or "
                    "SKIP is expected, got '%.*s'",
                    pass->from->base.url, (int)row.user_id.len, row.user_id.at,
                    (int)(type.len > 40 ? 40 : type.len), type.at);
    return pass->row(pass->context, &row);
}

static int pg_store_decisions(store *base, decision_callback row, void *context) {
    pg_store *from = (pg_store *)base;
    decision_pass pass = {from, row, context};
    PGresult *columns = NULL;
    int status = pg_store_snapshot(from);
    pg_doing(from->db, "read the decisions");
    if (!status)
        status = pg_columns(from->db, "user_video_decisions", &columns);
    if (!status && PQntuples(columns)) {
        int timed = pg_column(columns, "created_at") != NULL;
        char *select = xasprintf(
            "SELECT user_id::text, video_id::text, decision_type::text, %s "
            "FROM public.user_video_decisions WHERE user_id IS NOT NULL AND video_id IS NOT NULL "
            "ORDER BY user_id, %svideo_id",
            timed ? "floor(extract(epoch FROM created_at))::int8" : "NULL::int8",
            timed ? "created_at, " : "");
        status = pg_copy_rows(from->db, select, 4, take_decision, &pass);
        free(select);
    }
    PQclear(columns);
    return status;
}

typedef struct profile_pass {
    profile_callback row;
    void *context;
} profile_pass;

static int take_profile(void *context, const pg_field *field) {
    const profile_pass *pass = context;
    profile row = {pg_text(&field[0]), pg_int8(&field[1])};
    return pass->row(pass->context, &row);
}

static int pg_store_profiles(store *base, profile_callback row, void *context) {
    pg_store *from = (pg_store *)base;
    profile_pass pass = {row, context};
    PGresult *columns = NULL;
    int status = pg_store_snapshot(from);
    pg_doing(from->db, "read the profiles");
    if (!status)
        status = pg_columns(from->db, "profiles", &columns);
    const char *key = status                          ? NULL
                      : pg_column(columns, "user_id") ? "user_id"
                      : pg_column(columns, "id")      ? "id"
                                                      : NULL;
    if (key && pg_column(columns, "created_at")) {
        char *select = xasprintf("SELECT %s::text, floor(extract(epoch FROM created_at))::int8 "
                                 "FROM public.profiles WHERE isfinite(created_at)",
                                 key);
        status = pg_copy_rows(from->db, select, 2, take_profile, &pass);
        free(select);
    }
    PQclear(columns);
    return status;
}

/* ---- Embeddings --------------------------------------------------------------------------------
 */

typedef struct embedding_pass {
    const pg_store *from;
    embedding_callback row;
    void *context;
    float *vector;
    size_t capacity;
} embedding_pass;

/* pgvector's binary form: int16 dimension, int16 0, that many halves. */
static int take_embedding(void *context, const pg_field *field) {
    embedding_pass *pass = context;
    const pg_field *bytes = &field[3];
    uint32_t dim = bytes->len >= 4 ? wire_get16(bytes->at) : 0;
    if (bytes->len != 4 + 2 * (size_t)dim)
        return fail(TW_INPUT, "%s: the embedding of %.*s is no halfvec", pass->from->base.url,
                    (int)field[0].len, (const char *)field[0].at);
    while (pass->capacity < dim)
        pass->vector = xgrow(pass->vector, pass->capacity, &pass->capacity, sizeof *pass->vector);
    for (uint32_t i = 0; i < dim; i++)
        pass->vector[i] = tt_half_to_float(wire_get16(bytes->at + 4 + 2 * (size_t)i));
    embedding_row row = {.id = pg_text(&field[0]),
                         .model_version = pg_text(&field[1]),
                         .input_digest = pg_text(&field[2]),
                         .vector = pass->vector,
                         .dim = dim,
                         .updated_at = pg_int8(&field[4])};
    return pass->row(pass->context, &row);
}

static int need_halfvec(const pg_store *from, const char *table, const PGresult *columns) {
    const char *type = pg_column(columns, "embedding");
    if (type && strstr(type, "halfvec") && pg_column(columns, "model_version"))
        return 0;
    return fail(TW_DATABASE,
                "%s: public.%s must have the columns embedding halfvec and model_version%s%s%s; "
                "twotower db migrate brings it up to date",
                from->base.url, table, type ? ", its embedding is " : "", type ? type : "",
                type ? "" : "");
}

/* `where`: what else the rows must be, or "". */
static int read_embeddings(store *base, embedding_kind kind, const char *version, const char *where,
                           embedding_callback row, void *context) {
    pg_store *from = (pg_store *)base;
    const char *table = kind == VIDEO_EMBEDDINGS ? "video_embeddings" : "user_embeddings";
    const char *id = kind == VIDEO_EMBEDDINGS ? "video_id" : "user_id";
    embedding_pass pass = {from, row, context, NULL, 0};
    PGresult *columns = NULL;
    int status = pg_store_snapshot(from);
    pg_doing(from->db, "read the embeddings");
    if (!status)
        status = pg_columns(from->db, table, &columns);
    if (!status && PQntuples(columns)) {
        status = need_halfvec(from, table, columns);
        char *literal = pg_literal(version ? version : "");
        char *select = xasprintf(
            "SELECT %s::text, model_version::text, input_digest::text, embedding, "
            "floor(extract(epoch FROM updated_at))::int8 FROM public.%s%s%s%s ORDER BY %s%s",
            id, table, version ? " WHERE model_version = " : "", version ? literal : "", where, id,
            version ? "" : ", model_version");
        if (!status)
            status = pg_copy_rows(from->db, select, 5, take_embedding, &pass);
        free(select);
        free(literal);
    }
    PQclear(columns);
    free(pass.vector);
    return status;
}

static int pg_store_embeddings(store *base, embedding_kind kind, const char *version,
                               embedding_callback row, void *context) {
    return read_embeddings(base, kind, version, "", row, context);
}

static int pg_embeddings_of(store *base, const char *version, const tt_text *ids, size_t count,
                            embedding_callback row, void *context) {
    char *where = NULL;
    size_t len;
    FILE *to = xmemstream(&where, &len);
    fputs(" AND video_id IN (NULL", to);
    for (size_t i = 0; i < count; i++) {
        char *id = xstrndup(ids[i].at, ids[i].len), *literal = pg_literal(id);
        fprintf(to, ", %s", literal);
        free(literal);
        free(id);
    }
    fputc(')', to);
    xmemstream_end(to);
    int status = read_embeddings(base, VIDEO_EMBEDDINGS, version, where, row, context);
    free(where);
    return status;
}

/* ---- The store
 * ----------------------------------------------------------------------------------- */

static void pg_store_close(store *base) {
    pg_store *one = (pg_store *)base;
    pg_upsert_abandon(base);
    pg_store_end_snapshot(one);
    pg_job_release(base);
    pg_close(one->db);
    free(one->base.url);
    free(one);
}

static const store_operations operations = {
    pg_store_videos, pg_store_decisions, pg_store_profiles, pg_store_embeddings, pg_embeddings_of,
    pg_upsert_begin, pg_upsert_put,      pg_upsert_commit,  pg_upsert_abandon,   pg_release_move,
    pg_release_read, pg_list_videos,     pg_ingest_state,   pg_job_acquire,      pg_store_close};

int pg_store_open(store **opened, const pg_settings *settings) {
    pg *db;
    *opened = NULL;
    int status = pg_open(&db, settings);
    if (status)
        return status;
    pg_store *one = xcalloc(1, sizeof *one);
    one->base.operations = &operations;
    one->base.url = xstrndup(pg_name(db), strlen(pg_name(db)));
    one->base.halves = 1;
    one->writing = settings->writing;
    one->db = db;
    *opened = &one->base;
    return 0;
}

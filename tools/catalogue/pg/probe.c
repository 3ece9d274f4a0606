/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/probe.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* One row where the table is there; the fields that the enumeration names. */
static const char question[] =
    "SELECT c.relkind, format_type(a.atttypid, a.atttypmod), t.typname, a.atttypmod, a.atttypid, "
    "t.typarray, has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') "
    "AND has_table_privilege(c.oid, 'UPDATE'), "
    "(SELECT count(*) FROM pg_attribute w WHERE w.attrelid = c.oid AND NOT w.attisdropped AND "
    "w.attname IN ($2, 'model_version', 'embedding', 'input_digest', 'updated_at')) = 5, "
    "t.typnamespace::regnamespace "
    "FROM pg_class c "
    "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding' "
    "AND NOT a.attisdropped "
    "LEFT JOIN pg_type t ON t.oid = a.atttypid "
    "WHERE c.oid = to_regclass('public.' || $1)";

enum { RELKIND, TYPE, TYPE_NAME, DIMENSION, ELEMENT, ARRAY, GRANTED, COMPLETE, SCHEMA };

static int no_table(const pg_shape *shape, pg *db) {
    PGresult *rows;
    int status = pg_query(db, &rows, "SELECT FROM pg_type WHERE typname = 'halfvec'", 0, NULL);
    if (status)
        return status;
    int type = PQntuples(rows) > 0;
    PQclear(rows);
    return fail(
        TW_DATABASE, "%s: there is no table public.%s%s; twotower db migrate makes it (%s)",
        pg_name(db), shape->table,
        type
            ? ""
            : ", and no type halfvec: the extension vector is not there (on Supabase: Dashboard, Database, Extensions)",
        type ? "0003_embeddings" : "0001_foundation");
}

static int is_true(const PGresult *rows, int field) {
    return strcmp(PQgetvalue(rows, 0, field), "t") == 0;
}

static int judge(const pg_shape *shape, pg *db, const PGresult *rows, uint32_t dim) {
    int declared = atoi(PQgetvalue(rows, 0, DIMENSION));
    if (strcmp(PQgetvalue(rows, 0, RELKIND), "p") != 0 || !is_true(rows, COMPLETE))
        return fail(
            TW_DATABASE,
            "%s: public.%s is not partitioned by model_version, or lacks a column; twotower "
            "db migrate moves its rows into the new form (0003_embeddings)",
            pg_name(db), shape->table);
    if (strcmp(PQgetvalue(rows, 0, TYPE_NAME), "halfvec") != 0)
        return fail(TW_DATABASE,
                    "%s: the column embedding of public.%s is %s, halfvec(%u) is expected; nothing "
                    "was written; make the tables by twotower db migrate (0003_embeddings)",
                    pg_name(db), shape->table, PQgetvalue(rows, 0, TYPE), dim);
    if (declared > 0 && (uint32_t)declared != dim)
        return fail(TW_DATABASE,
                    "%s: the column embedding of public.%s is %s, the model makes %u numbers; "
                    "nothing was written; use a model of %d, or tables that twotower db migrate "
                    "--embedding-dim %u made (0003_embeddings)",
                    pg_name(db), shape->table, PQgetvalue(rows, 0, TYPE), dim, declared, dim);
    if (!is_true(rows, GRANTED))
        return fail(TW_DATABASE,
                    "%s: this user may not read and write public.%s; GRANT SELECT, INSERT, UPDATE, "
                    "or connect as the owner or service_role (0003_embeddings)",
                    pg_name(db), shape->table);
    return 0;
}

static char *copy(const PGresult *rows, int field) {
    const char *text = PQgetvalue(rows, 0, field);
    return PQgetisnull(rows, 0, field) ? NULL : xstrndup(text, strlen(text));
}

int pg_probe(pg_shape *shape, pg *db, embedding_kind kind, uint32_t dim) {
    static const char *const names[][3] = {{"video", "video_embeddings", "video_id"},
                                           {"user", "user_embeddings", "user_id"}};
    const char *const *name = names[kind == USER_EMBEDDINGS];
    const char *const value[] = {name[1], name[2]};
    PGresult *rows;
    *shape = (pg_shape){.of = kind, .kind = name[0], .table = name[1], .key = name[2]};
    pg_doing(db, "look at the tables of embeddings");
    int status = pg_query(db, &rows, question, 2, value);
    if (status)
        return status;
    status = PQntuples(rows) ? judge(shape, db, rows, dim) : no_table(shape, db);
    if (!status) {
        shape->type = copy(rows, TYPE);
        shape->schema = copy(rows, SCHEMA);
        shape->element = (Oid)strtoul(PQgetvalue(rows, 0, ELEMENT), NULL, 10);
        shape->array = (Oid)strtoul(PQgetvalue(rows, 0, ARRAY), NULL, 10);
    }
    PQclear(rows);
    return status;
}

/* A column may leave the dimension open; then the rows tell it. */
int pg_probe_version(const pg_shape *shape, pg *db, const char *version, uint32_t dim) {
    const char *const value[] = {version};
    const pg_values given = {.count = 1, .value = value};
    char *sql =
        xasprintf("SELECT embedding FROM public.%s WHERE model_version = $1 LIMIT 1", shape->table);
    PGresult *rows;
    int status = pg_query_binary(db, &rows, sql, &given);
    free(sql);
    if (status)
        return status;
    size_t len = PQntuples(rows) ? (size_t)PQgetlength(rows, 0, 0) : 4 + 2 * (size_t)dim;
    PQclear(rows);
    if (len == 4 + 2 * (size_t)dim)
        return 0;
    return fail(
        TW_DATABASE,
        "%s: the embeddings of model version '%.80s' in public.%s have %zu numbers, the new "
        "ones %u; nothing was written; give the new model a version of its own",
        pg_name(db), version, shape->table, len > 4 ? (len - 4) / 2 : 0, dim);
}

void pg_shape_free(pg_shape *shape) {
    free(shape->type);
    free(shape->schema);
    *shape = (pg_shape){.kind = NULL};
}

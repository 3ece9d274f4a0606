/* SPDX-License-Identifier: MIT */
/* db migrate: the tables, views and functions that the other commands need. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/migrate.h"
#include "catalogue/pg/rights.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_store.h"
#include "twotower.h"

#include <stdlib.h>

static const option options[] = {
    POSTGRES_OPTIONS,
    {"embedding-dim", OPTION_COUNT, "N", NULL, NULL, NULL,
     "dimension of embedding tables made now (128)"},
    {"rights", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "give the rights that are meant, and migrate nothing"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "say what would be applied, change nothing"},
    {0},
};

enum { DEFAULT_DIM = 128, MAX_DIM = 4000 }; /* an HNSW index of halfvec takes no more */

/* Tables that are there keep their dimension. */
static int choose_dim(pg *db, const arguments *a, uint64_t *dim) {
    uint64_t there, wanted = option_count(a, "embedding-dim");
    int given = option_given(a, "embedding-dim");
    if (given && (wanted < 1 || wanted > MAX_DIM))
        return fail(TW_USAGE, "--embedding-dim: 1 to %d are expected", MAX_DIM);
    int status = embedding_dim_read(db, &there);
    if (status)
        return status;
    if (given && there && wanted != there)
        return fail(TW_INPUT,
                    "%s: video_embeddings holds vectors of %llu dimensions, not %llu; a database "
                    "has one dimension: train with that one, or use another database",
                    pg_name(db), (unsigned long long)there, (unsigned long long)wanted);
    if (given || there)
        *dim = given ? wanted : there;
    return 0;
}

static void put_name(json_t *list, const migration *one, const char *what) {
    json_array_append_new(list, json_string(one->name));
    result_line("%s %s", what, one->name);
}

static void put_right(void *context, verdict found, const char *text, const char *statement) {
    (void)found;
    if (statement)
        json_array_append_new(context,
                              json_pack("{s:s, s:s}", "was", text, "statement", statement));
}

/* These may run again from their beginning. */
static int give(pg *db, void *context) {
    json_array_clear(context);
    return rights_give(db, put_right, context);
}

static int compare(pg *db, void *context) {
    json_array_clear(context);
    return rights_compare(db, put_right, context);
}

/* As on a database that was restored, or that somebody changed. */
static int give_rights(pg *db, const arguments *a, json_t *rights) {
    int dry = option_flag(a, "dry-run");
    size_t i;
    json_t *one;
    migration_state *state = xmalloc(migration_count * sizeof *state);
    int known = migrations_read(db, state), first = state[0] == MIGRATION_APPLIED;
    free(state);
    if (known)
        return known;
    if (!first && option_flag(a, "rights"))
        return fail(TW_DATABASE, "%s: nothing is migrated here; run twotower db migrate",
                    pg_name(db));
    pg_doing(db, "give rights");
    int status = pg_transaction(db, rights_begin, dry ? compare : give, rights);
    if (status)
        return status;
    json_array_foreach(rights, i, one) result_line(
        "%s %s", dry ? "pending" : "applied", json_string_value(json_object_get(one, "statement")));
    return 0;
}

static int migrate(pg *db, const arguments *a, json_t *applied, json_t *pending) {
    migration_state *state = xmalloc(migration_count * sizeof *state);
    uint64_t dim = DEFAULT_DIM;
    int status = migrations_read(db, state);
    if (!status)
        status = choose_dim(db, a, &dim);
    for (unsigned i = 0; i < migration_count && !status; i++) {
        int now;
        if (state[i] == MIGRATION_APPLIED)
            continue;
        if (option_flag(a, "dry-run")) {
            put_name(pending, &migrations[i], "pending");
            continue;
        }
        progress_show(migrations[i].name, i, migration_count);
        status = migration_apply(db, &migrations[i], dim, TT_VERSION_STRING, &now);
        if (!status && now)
            put_name(applied, &migrations[i], "applied");
    }
    free(state);
    return status;
}

static int run(const arguments *a) {
    const pg_settings database = options_pg(a, "db-url");
    pg *db;
    int status = pg_open(&db, &database);
    if (status)
        return status;
    json_t *applied = json_array(), *pending = json_array(), *rights = json_array();
    if (!option_flag(a, "rights"))
        status = migrate(db, a, applied, pending);
    if (!status)
        status = give_rights(db, a, rights);
    if (!status) {
        if (!json_array_size(applied) && !json_array_size(pending) && !json_array_size(rights))
            result_line("%s is up to date", pg_name(db));
        if (json_wanted())
            status =
                result_json(json_pack("{s:s, s:O, s:O, s:O}", "database", pg_name(db), "applied",
                                      applied, "pending", pending, "rights", rights));
        else
            status = result_flush();
    }
    json_decref(applied);
    json_decref(pending);
    json_decref(rights);
    pg_close(db);
    return status;
}

const command command_db_migrate = {
    "db migrate", "make the tables of a Postgres database, or bring them up to date",
    NULL,         "twotower db migrate --db-url postgresql://postgres@localhost/postgres --dry-run",
    options,      run,
};

/* SPDX-License-Identifier: MIT */
/* db migrate: the tables, views and functions that the other commands need. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/migrate.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_store.h"
#include "twotower.h"

#include <stdlib.h>

static const option options[] = {
    POSTGRES_OPTIONS,
    {"embedding-dim", OPTION_COUNT, "N", NULL, NULL, NULL,
     "dimension of embedding tables made now (128)"},
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
    json_t *applied = json_array(), *pending = json_array();
    status = migrate(db, a, applied, pending);
    if (!status) {
        if (!json_array_size(applied) && !json_array_size(pending))
            result_line("%s is up to date", pg_name(db));
        if (json_wanted())
            status = result_json(json_pack("{s:s, s:O, s:O}", "database", pg_name(db), "applied",
                                           applied, "pending", pending));
        else
            status = result_flush();
    }
    json_decref(applied);
    json_decref(pending);
    pg_close(db);
    return status;
}

const command command_db_migrate = {
    "db migrate", "make the tables of a Postgres database, or bring them up to date",
    NULL,         "twotower db migrate --db-url postgresql://postgres@localhost/postgres --dry-run",
    options,      run,
};

/* SPDX-License-Identifier: MIT */
/* db prune: old versions of the embeddings leave the database. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/prune.h"
#include "program/commands.h"
#include "program/options_store.h"

static const option options[] = {
    POSTGRES_OPTIONS,
    {"keep", OPTION_COUNT, "N", "3", NULL, NULL,
     "how many of the newest versions stay, 3 at least"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "list what would be dropped, drop nothing"},
    {0},
};

static int show(const pg *db, json_t *dropped, int dry_run) {
    if (json_wanted())
        return result_json(json_pack("{s:s, s:b, s:O}", "database", pg_name(db), "dry_run", dry_run,
                                     "dropped", dropped));
    embeddings_pruned_show(db, dropped, dry_run);
    return result_flush();
}

static int run(const arguments *a) {
    const pg_settings database = options_pg(a, "db-url");
    const uint64_t keep = option_count(a, "keep");
    const int dry_run = option_flag(a, "dry-run");
    pg *db;
    if (keep < 3 || keep > 1000000)
        return fail(TW_USAGE, "--keep takes 3 or more: a rollback needs the versions before");
    int status = pg_open(&db, &database);
    if (status)
        return status;
    json_t *dropped = json_array();
    status = embeddings_prune(db, keep, NULL, dry_run, dropped);
    if (!status)
        status = show(db, dropped, dry_run);
    json_decref(dropped);
    pg_close(db);
    return status;
}

const command command_db_prune = {
    "db prune",
    "drop old versions of the embeddings; never one that is served or would be rolled back to",
    NULL,
    "twotower db prune --db-url env:SUPABASE_DB_URL --keep 3 --dry-run",
    options,
    run,
};

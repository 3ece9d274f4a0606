/* SPDX-License-Identifier: MIT */
/* db index: the index that finds the nearest videos of one version. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/index.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_store.h"

static const option options[] = {
    POSTGRES_OPTIONS,
    {"model-version", OPTION_TEXT, "RUN", NULL, NULL, NULL, "the version, loaded already"},
    {"workers", OPTION_COUNT, "N", NULL, NULL, NULL,
     "parallel workers of the server (as it is set)"},
    {0},
};

static int show(const pg *db, const char *version, const index_report *report) {
    static const char *const word[] = {
        [INDEX_BUILT] = "built", [INDEX_THERE] = "there", [INDEX_NOT_POSSIBLE] = "not possible"};
    if (json_wanted())
        return result_json(json_pack("{s:s, s:s, s:s, s:I, s:f}", "database", pg_name(db),
                                     "model_version", version, "index", word[report->outcome],
                                     "rows", (json_int_t)report->rows, "seconds", report->seconds));
    if (report->outcome == INDEX_BUILT)
        result_line("%s: an HNSW index over %llu rows of version %s, in %.1f s", pg_name(db),
                    (unsigned long long)report->rows, version, report->seconds);
    else if (report->outcome == INDEX_THERE)
        result_line("%s: version %s has its index already", pg_name(db), version);
    else
        result_line("%s: no index is made: the server has no pgvector", pg_name(db));
    return result_flush();
}

static int run(const arguments *a) {
    pg *db, *watch = NULL;
    index_report report;
    const pg_settings database = options_pg(a, "db-url");
    const char *version = option_text(a, "model-version");
    if (!version)
        return fail(TW_USAGE, "--model-version is expected");
    if (option_count(a, "workers") > 64)
        return fail(TW_USAGE, "--workers: at most 64 are expected");
    int status = pg_open(&db, &database);
    if (status)
        return status;
    status = pg_open(&watch, &database);
    if (!status)
        status = index_build(db, watch, version, option_count(a, "workers"), &report);
    progress_end();
    if (!status)
        status = show(db, version, &report);
    pg_close(watch);
    pg_close(db);
    return status;
}

const command command_db_index = {
    "db index", "build the HNSW index of a version's video embeddings",
    NULL,       "twotower db index --db-url env:SUPABASE_DB_URL --model-version 20251031T093831Z",
    options,    run,
};

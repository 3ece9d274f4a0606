/* SPDX-License-Identifier: MIT */
/* pull: the tables of a remote database are copied into one on this machine. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/pull.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_store.h"

#include <stdlib.h>

static const option options[] = {
    {"remote-db-url", OPTION_TEXT, "URL", NULL, NULL, NULL,
     "database to read: postgresql://HOST/DATABASE, env:NAME, or by the environment"},
    {"project-ref", OPTION_TEXT, "REF", NULL, NULL, NULL,
     "a Supabase project to read, with SUPABASE_DB_PASSWORD and SUPABASE_REGION"},
    STORE_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL,
     "database on this machine to write, made by db migrate"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "count only, write nothing"},
    {0},
};

static json_t *summary(const arguments *a, const pull_table *tables, size_t count) {
    json_t *list = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(list, tables[i].name,
                            json_pack("{s:I, s:I, s:I}", "rows", (json_int_t)tables[i].rows,
                                      "written", (json_int_t)tables[i].written, "removed",
                                      (json_int_t)tables[i].removed));
    return json_pack("{s:o, s:b}", "tables", list, "dry_run", option_flag(a, "dry-run"));
}

static int report(const arguments *a, const pull_table *tables, size_t count) {
    if (json_wanted())
        return result_json(summary(a, tables, count));
    for (size_t i = 0; i < count; i++)
        result_line("%-22s %8llu rows, %llu written, %llu removed", tables[i].name,
                    (unsigned long long)tables[i].rows, (unsigned long long)tables[i].written,
                    (unsigned long long)tables[i].removed);
    return result_flush();
}

static int run(const arguments *a) {
    pull_table *tables = NULL;
    size_t count = 0;
    const pull_settings settings = {.local = options_pg(a, "db-url"),
                                    .remote = options_pg(a, "remote-db-url"),
                                    .dry = option_flag(a, "dry-run")};
    int status = option_given(a, "db-url")
                     ? pg_pull(&settings, &tables, &count)
                     : fail(TW_USAGE, "--db-url is needed: the database on this machine");
    progress_end();
    if (!status)
        status = report(a, tables, count);
    free(tables);
    return status;
}

const command command_pull = {
    "pull",
    "copy the catalogue and decisions of a remote database into a local one",
    NULL,
    "twotower pull --remote-db-url env:REMOTE_DATABASE_URL --db-url postgresql://localhost/shop",
    options,
    run,
};

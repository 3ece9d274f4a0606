/* SPDX-License-Identifier: MIT */
/* db environment: which environment's active version a database serves. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/environment.h"
#include "program/commands.h"
#include "program/options_store.h"

#include <stdlib.h>

static const option options[] = {POSTGRES_OPTIONS, {0}};

static int show(const pg *db, const char *environment) {
    if (json_wanted())
        return result_json(
            json_pack("{s:s, s:s}", "database", pg_name(db), "environment", environment));
    result_line("%s serves %s", pg_name(db), environment);
    return result_flush();
}

static int run(const arguments *a) {
    const pg_settings database = options_pg(a, "db-url");
    char *environment = NULL;
    pg *db;
    if (operand_count(a) > 1)
        return fail(TW_USAGE,
                    "one environment is expected, as in: twotower db environment staging");
    int status = pg_open(&db, &database);
    if (status)
        return status;
    if (operand_count(a))
        status = pg_environment_set(db, operand(a, 0));
    if (!status)
        status = pg_environment(db, &environment);
    if (!status)
        status = show(db, environment);
    free(environment);
    pg_close(db);
    return status;
}

const command command_db_environment = {
    "db environment", "which environment's active version a Postgres database serves, or to set it",
    "[ENVIRONMENT]",  "twotower db environment staging --db-url env:SUPABASE_DB_URL",
    options,          run,
};

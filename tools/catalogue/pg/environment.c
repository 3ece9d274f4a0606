/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/environment.h"

#include "base/fail.h"

#include <string.h>

int pg_environment(pg *db, char **environment) {
    PGresult *rows;
    *environment = NULL;
    pg_doing(db, "read the environment that is served");
    int status = pg_query(db, &rows,
                          "SELECT coalesce((SELECT environment FROM public.served_environment), "
                          "'production')",
                          0, NULL);
    if (!status)
        *environment = xstrndup(PQgetvalue(rows, 0, 0), strlen(PQgetvalue(rows, 0, 0)));
    PQclear(rows);
    return status;
}

static int set(pg *db, void *context) {
    const char *const value[] = {context};
    PGresult *rows;
    int status = pg_query(db, &rows,
                          "INSERT INTO public.served_environment (environment) VALUES ($1) "
                          "ON CONFLICT (only_row) DO UPDATE SET environment = excluded.environment",
                          1, value);
    PQclear(rows);
    return status;
}

int pg_environment_set(pg *db, const char *environment) {
    char name[64];
    size_t length = strlen(environment);
    if (!length || length >= sizeof name ||
        strspn(environment, "abcdefghijklmnopqrstuvwxyz0123456789-") != length ||
        strspn(environment, "0123456789-"))
        return fail(
            TW_USAGE,
            "'%.64s' is no environment; lower-case letters, digits and hyphens are expected, "
            "as in staging",
            environment);
    memcpy(name, environment, length + 1);
    pg_doing(db, "set the environment that is served");
    return pg_transaction(db, NULL, set, name);
}

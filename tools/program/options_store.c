/* SPDX-License-Identifier: MIT */
#include "program/options_store.h"

#include <stdlib.h>
#include <string.h>

/* A database where the option is unset: a variable that holds its URL, strongest first, and what
 * failures call it. */
static const struct {
    const char *name, *source;
} variables[] = {{"SUPABASE_DB_URL", "the variable SUPABASE_DB_URL"},
                 {"REMOTE_DATABASE_URL", "the variable REMOTE_DATABASE_URL"},
                 {"PROD_DATABASE_URL", "the variable PROD_DATABASE_URL"},
                 {"DATABASE_URL", "the variable DATABASE_URL"}};

static void use_environment(pg_settings *settings, const arguments *given) {
    int has_option = option_known(given, "project-ref"), typed = 0;
    const char *project = has_option ? option_text(given, "project-ref") : NULL;
    if (has_option)
        typed = option_typed(given, "project-ref");
    if (!project)
        project = environment_value(given, "SUPABASE_PROJECT_ID");
    if (!project)
        project = environment_value(given, "SUPABASE_PROJECT_REF");
    settings->project = project;
    if (project && typed)
        return;
    for (size_t i = 0; i < sizeof variables / sizeof *variables && !settings->url; i++) {
        settings->url = environment_value(given, variables[i].name);
        if (settings->url)
            settings->source = variables[i].source;
    }
}

static pg_writing writing_of(const arguments *given) {
    const char *how = option_known(given, "db-batch") ? option_text(given, "db-batch") : "auto";
    if (!strcmp(how, "unnest"))
        return PG_WRITE_ARRAYS;
    return strcmp(how, "copy") ? PG_WRITE_AUTO : PG_WRITE_COPY;
}

pg_settings options_pg(const arguments *given, const char *name) {
    pg_settings settings = pg_settings_default();
    const char *timeout = environment_value(given, "TWOTOWER_DB_TIMEOUT");
    settings.url = option_text(given, name);
    settings.source = strcmp(name, "remote-db-url") ? "--db-url" : "--remote-db-url";
    settings.url_typed = option_typed(given, name);
    if (!settings.url)
        use_environment(&settings, given);
    settings.pooler_host = environment_value(given, "SUPABASE_POOLER_HOST");
    settings.pooler_port = environment_value(given, "SUPABASE_POOLER_PORT");
    settings.region = environment_value(given, "SUPABASE_REGION");
    settings.project_password = environment_value(given, "SUPABASE_DB_PASSWORD");
    settings.password = environment_value(given, "PGPASSWORD");
    settings.user = environment_value(given, "PGUSER");
    settings.host_address = environment_value(given, "PGHOSTADDR");
    settings.ssl_mode = environment_value(given, "PGSSLMODE");
    settings.root_certificate = environment_value(given, "PGSSLROOTCERT");
    settings.authority = environment_value(given, "SUPABASE_CA_CERT");
    settings.timeout = timeout ? atof(timeout) : settings.timeout; /* pg_open checks it */
    settings.writing = writing_of(given);
    return settings;
}

int options_store_open(store **opened, const arguments *given, const char *name) {
    const store_settings settings = {.database = options_pg(given, name)};
    return store_open(opened, option_text(given, name), &settings);
}

/* SPDX-License-Identifier: MIT */
/* The options and variables that name a store or a database, and the settings they make. */
#ifndef TOOLS_PROGRAM_OPTIONS_STORE_H
#define TOOLS_PROGRAM_OPTIONS_STORE_H

#include "catalogue/store.h"
#include "program/options.h"

/* What a command with --db-url reads beside it: where the database is, and how it is reached. */
#define DATABASE_URLS \
    "TWOTOWER_DB_URL|SUPABASE_DB_URL|REMOTE_DATABASE_URL|PROD_DATABASE_URL|DATABASE_URL|" \
    "SUPABASE_PROJECT_ID|SUPABASE_PROJECT_REF"
#define STORE_VARIABLES \
    VARIABLE_NEEDED("REMOTE_DATABASE_URL", DATABASE_URLS, NULL, \
                    "the database where --db-url is not given: postgresql://...; a secret"), \
        URL_VARIABLES, \
        VARIABLE("SUPABASE_PROJECT_ID", "reference of the project whose database is meant"), \
        VARIABLE("SUPABASE_PROJECT_REF", "the same, the older name"), CONNECTION_VARIABLES
#define URL_VARIABLES \
    VARIABLE("SUPABASE_DB_URL", "the same; comes first"), \
        VARIABLE("PROD_DATABASE_URL", "the same; comes third"), \
        VARIABLE("DATABASE_URL", "the same; comes last")
/* Where a command has a database beside an artifact store, whose variables name the project. */
#define FOLLOW_VARIABLES \
    VARIABLE("REMOTE_DATABASE_URL", "the database where --db-url is not given; a secret"), \
        URL_VARIABLES, CONNECTION_VARIABLES
#define CONNECTION_VARIABLES \
    VARIABLE("SUPABASE_DB_PASSWORD", "password of the database of a project; a secret"), \
        VARIABLE("SUPABASE_REGION", \
                 "aws-1-ap-northeast-1: the region, where IPv4 needs a pooler"), \
        VARIABLE("SUPABASE_POOLER_HOST", "the pooler, instead of the one of the region"), \
        VARIABLE("SUPABASE_POOLER_PORT", "its port (5432)"), \
        VARIABLE("SUPABASE_CA_CERT", "certificate of the database's authority, PEM or Base64"), \
        VARIABLE("PGSSLROOTCERT", "the same, as the name of a file; comes first"), \
        VARIABLE("PGSSLMODE", "for a database on this machine; others are verified in full"), \
        VARIABLE("PGHOSTADDR", "address of the host, without looking it up"), \
        VARIABLE("PGUSER", "user, where the URL names none"), \
        VARIABLE("PGPASSWORD", "password, where the URL has none; a secret"), \
        VARIABLE("TWOTOWER_DB_TIMEOUT", "seconds that a statement may take")

/* The options of a command that writes embeddings into a store. */
#define STORE_OPTIONS \
    STORE_VARIABLES, {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, STORE_HELP}, { \
        "db-batch", OPTION_CHOICE, "HOW", "auto", NULL, "auto|copy|unnest", \
            "how rows go into a database: COPY, or arrays for a transaction pooler; auto: by port" \
    }
#define STORE_HELP "store: file:DIR, postgresql://HOST/DATABASE, or env:NAME of a variable"

/* Those of a command that is about a database itself. */
#define POSTGRES_OPTIONS \
    STORE_VARIABLES, { \
        "db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, \
            "postgresql://..., or env:NAME" \
    }

/* The database of an option ("db-url"), or where it is unset of the environment. The texts are
 * those of `given`. */
pg_settings options_pg(const arguments *given, const char *name);

/* Opens the store of an option; see store_open. */
int options_store_open(store **opened, const arguments *given, const char *name);

#endif

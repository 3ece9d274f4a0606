/* SPDX-License-Identifier: MIT */
/* The options of commands on an artifact store, and the settings that they give. */
#ifndef TOOLS_PROGRAM_OPTIONS_PUBLISH_H
#define TOOLS_PROGRAM_OPTIONS_PUBLISH_H

#include "program/options_store.h"
#include "release/fetch.h"
#include "release/upload.h"

/* What they read beside. */
#define STORAGE_VARIABLES \
    VARIABLE("SUPABASE_URL", "https://REF.supabase.co, whose Storage is the artifact store"), \
        VARIABLE("NEXT_PUBLIC_SUPABASE_URL", "the same; comes second"), \
        VARIABLE("SUPABASE_PROJECT_ID", "the reference alone; comes third"), \
        VARIABLE("SUPABASE_PROJECT_REF", "the same, the older name"), \
        VARIABLE_NEEDED("SUPABASE_SECRET_KEY", \
                        "SUPABASE_SECRET_KEYS|SUPABASE_SECRET_KEY|SUPABASE_SERVICE_ROLE_KEY|" \
                        "SUPABASE_SERVICE_KEY", \
                        "SUPABASE_URL|NEXT_PUBLIC_SUPABASE_URL", \
                        "its secret key (sb_secret_...); a secret"), \
        VARIABLE("SUPABASE_SECRET_KEYS", \
                 "its secret keys by name (JSON), default counts; comes first; a secret"), \
        VARIABLE("SUPABASE_SERVICE_ROLE_KEY", \
                 "its legacy key, which may be disabled; comes third; a secret"), \
        VARIABLE("SUPABASE_SERVICE_KEY", "the same, the older name; a secret"), \
        VARIABLE("MODEL_ARTIFACTS_BUCKET", "the bucket (models)"), \
        VARIABLE("MODEL_ARTIFACT_BASE_URL", \
                 "to fetch where nothing above is set: the URL of a mirror"), \
        VARIABLE("TWOTOWER_SIGNING_KEY", \
                 "private key, or its file: releases are signed; a secret"), \
        VARIABLE("TWOTOWER_PUBLIC_KEYS", \
                 "public keys, or their file: what they did not sign is refused")

/* The options that every `publish` command has. */
#define STORAGE_OPTIONS \
    STORAGE_VARIABLES, \
        {"storage-url", \
         OPTION_TEXT, \
         "URL", \
         NULL, \
         "TWOTOWER_STORAGE_URL", \
         NULL, \
         "artifact store: supabase://BUCKET, https://... (to read) or file:DIR; default: the " \
         "bucket of MODEL_ARTIFACTS_BUCKET (models) where SUPABASE_URL is set, else file:ml/store"}, \
        {"prefix", \
         OPTION_TEXT, \
         "NAME", \
         "two_tower", \
         "MODEL_ARTIFACTS_PREFIX", \
         NULL, \
         "what the keys of all objects begin with"}, \
    { \
        "timeout", OPTION_COUNT, "SECONDS", "30", NULL, NULL, \
            "to connect in, and to wait in without progress" \
    }

#define ENVIRONMENT_OPTION \
    { \
        "environment", OPTION_CHOICE, NULL, "production", "TWOTOWER_ENVIRONMENT", \
            "production|staging", "whose release it is" \
    }

/* The database whose active release follows the log. */
#define DATABASE_OPTION \
    FOLLOW_VARIABLES, \
        {"db-url", \
         OPTION_TEXT, \
         "URL", \
         NULL, \
         "TWOTOWER_DB_URL", \
         NULL, \
         "the store whose active release follows: file:DIR, postgresql://..., or env:NAME; " \
         "default: the database of the environment"}, \
    { \
        "storage-only", OPTION_FLAG, NULL, NULL, NULL, NULL, \
            "leave the database as it is: a sync or publish reconcile moves it later" \
    }

/* The environment is that of ENVIRONMENT_OPTION where the command has it. */
publish_settings options_publish(const arguments *given);
publish_upload_settings options_publish_upload(const arguments *given);
publish_fetch_settings options_publish_fetch(const arguments *given);
/* publish_open with these settings. */
int options_publish_open(publish *p, const arguments *given);

/* Opens the database of DATABASE_OPTION: that of --db-url, or of the environment.  *database is
 * NULL where neither names one, which is said, or where it is to be left as it is. */
int options_follow_open(store **database, const arguments *given);

#endif

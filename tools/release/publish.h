/* SPDX-License-Identifier: MIT */
/*
 * Releases in an artifact store.
 *
 *   <prefix>/<run_id>/...                      immutable: created, never replaced
 *   <prefix>/<run_id>/manifest.json            its inventory, created last: the run is whole
 *   <prefix>/manifests/<environment>/<N>.json  record N of the log: creating it is the release
 *   <prefix>/latest/manifest.json              a copy of the newest record of production,
 *   <prefix>/<environment>/manifest.json       and of each environment: the pointers
 *
 * A record is never changed or removed, and its number is one more than the last: of many that
 * want a number, one creates it.  Pointers are copies, written after; who reads one goes on to
 * the records that came since.
 */
#ifndef TOOLS_RELEASE_PUBLISH_H
#define TOOLS_RELEASE_PUBLISH_H

#include "net/storage.h"
#include "program/options.h"
#include "sign/sign.h"

#include <jansson.h>

/* What they read beside. */
#define STORAGE_VARIABLES \
    VARIABLE("SUPABASE_URL", "https://REF.supabase.co, whose Storage is the artifact store"), \
        VARIABLE("NEXT_PUBLIC_SUPABASE_URL", "the same; comes second"), \
        VARIABLE("SUPABASE_PROJECT_ID", "the reference alone; comes third"), \
        VARIABLE("SUPABASE_PROJECT_REF", "the same, the older name"), \
        VARIABLE_NEEDED( \
            "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_ROLE_KEY|SUPABASE_SERVICE_KEY", \
            "SUPABASE_URL|NEXT_PUBLIC_SUPABASE_URL", "its service role key; a secret"), \
        VARIABLE("SUPABASE_SERVICE_KEY", "the same; comes second"), \
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

typedef struct publish {
    const arguments *arguments;
    storage *store;
    const char *prefix, *environment;
    signer *signer; /* NULL: documents are not signed */
    int mirror; /* the store is one folder: a mirror (mirror.h), or a run folder that is served */
} publish;

/* Opens the store and the keys that the options and variables name.  Where they name no store,
 * publish_open_reader takes MODEL_ARTIFACT_BASE_URL, the URL of a mirror. */
int publish_open(publish *p, const arguments *arguments);
int publish_open_reader(publish *p, const arguments *arguments);
void publish_close(publish *p);
/* Do options or variables name a store, with the key to it? */
int publish_is_named(const arguments *arguments);

/* A run id that may be a folder of the store: TW_USAGE otherwise. */
int publish_check_run_id(const char *run_id);

/* Keys; the caller frees them.  key_to_read is key_of_run, but for a mirror. */
char *key_of_run(const publish *p, const char *run_id, const char *name);
char *key_to_read(const publish *p, const char *run_id, const char *name);
char *key_of_record(const publish *p, uint64_t sequence);

/* A document as it is stored: two spaces of indent, a line end. */
int document_text(const json_t *document, bytes *to);
/* Replaces or creates it. */
int document_put(const publish *p, const char *key, const bytes *text);
/* Creates it: of many at once one wins, and TW_CONFLICT where the name has other bytes. */
int document_create(const publish *p, const char *key, const bytes *text);

/* An interrupted command says that it goes on when it is run again. */
int publish_ended(int status);

#endif

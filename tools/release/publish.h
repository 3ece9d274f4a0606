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
#include "sign/sign.h"

#include <jansson.h>

/* Where releases are, and whose they are. NULL: not set. */
typedef struct publish_settings {
    const char *url;          /* supabase://BUCKET, https://... (to read) or file:DIR */
    const char *supabase_url; /* https://REF.supabase.co */
    const char *project;      /* REF, where the URL is not set */
    storage_credential key;   /* secret key of the project, or its service_role key */
    const char *bucket;       /* "models" where NULL */
    const char *emptied;      /* a variable that would name a store, and is set and empty */
    const char *mirror_url;   /* read by publish_open_reader where nothing above is set */
    const char *signing_key;  /* private key or its file: documents are signed; a secret */
    const char *prefix;       /* what the keys of all objects begin with */
    const char *environment;  /* "production" or "staging" */
    uint64_t timeout; /* seconds to connect in, and to wait in without progress: 1 to 3600 */
} publish_settings;

publish_settings publish_settings_default(void);

typedef struct publish {
    storage *store;
    const char *prefix, *environment;
    signer *signer; /* NULL: documents are not signed */
    int mirror; /* the store is one folder: a mirror (mirror.h), or a run folder that is served */
} publish;

/* Opens the store and the signing key. Without a URL it is the bucket of Supabase where that is
 * set, else file:ml/store. Where nothing names a store, publish_open_reader takes the URL of a
 * mirror. Strings of the settings are borrowed until publish_close. */
int publish_open(publish *p, const publish_settings *settings);
int publish_open_reader(publish *p, const publish_settings *settings);
/* Do the settings name a store that a program may write? */
int publish_is_named(const publish_settings *settings);
/* Is it a store whose log can be listed: no mirror, no server that can only be read? */
int publish_is_listed(const publish_settings *settings);
void publish_close(publish *p);

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

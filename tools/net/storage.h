/* SPDX-License-Identifier: MIT */
/*
 * The artifact store: objects under keys such as "two_tower/20251031T093831Z/metrics.json".
 * One interface; `supabase://BUCKET` is Supabase Storage, `file:DIR` a folder, `https://...`
 * a web server to read from.  A key is made of names that storage_name_ok accepts, joined by
 * '/': nothing that a server says can lead outside.  An object appears whole or not at all: it
 * may be written under a hidden name first, which begins with a '.', so that no key reads it and
 * no list shows it.
 */
#ifndef TOOLS_NET_STORAGE_H
#define TOOLS_NET_STORAGE_H

#include "format/bytes.h"
#include "format/sha256.h"

/* What is put: bytes, or a file. */
typedef struct storage_body {
    const void *bytes;
    const char *path; /* or NULL */
    uint64_t size;
    const char *media_type;
    const char *cache_control; /* "no-cache", "max-age=31536000" */
    const char *progress;      /* what progress_show calls it, or NULL */
} storage_body;

/* The same contract as http_sink. */
typedef int (*storage_sink)(void *context, const void *bytes, size_t len);

/* An entry of a folder; text is valid in the call. */
typedef struct storage_entry {
    const char *name;
    int is_folder;
    uint64_t size; /* of an object */
} storage_entry;

/* Returns 0, or a status that ends the listing and is returned. */
typedef int (*storage_callback)(void *context, const storage_entry *entry);

typedef struct storage storage;

enum { LEFTOVER_AGE = 86400 };

/* Each returns 0 or the status of `fail`: TW_NETWORK, TW_IO, TW_USAGE (the key is refused by the
 * server, no permission), TW_INTERRUPTED. */
typedef struct storage_operations {
    /* create: TW_CONFLICT when there is such an object already; of many at once one wins. */
    int (*put)(storage *store, const char *key, const storage_body *body, int create);
    /* At most `limit` bytes, or TW_INPUT. *found 0: there is no such object. */
    int (*get)(storage *store, const char *key, uint64_t limit, storage_sink sink, void *context,
               int *found);
    int (*head)(storage *store, const char *key, int *found, uint64_t *size);
    /* What stands in a folder ("": the root), by name; a missing folder is an empty one. */
    int (*list)(storage *store, const char *folder, storage_callback entry, void *context);
    int (*remove)(storage *store, const char *key); /* none there: 0 */
    /* Removes what killed puts left in a folder more than LEFTOVER_AGE seconds ago, or with `dry`
     * only counts it; adds the number to *count. */
    int (*sweep)(storage *store, const char *folder, int dry, size_t *count);
    void (*close)(storage *store);
} storage_operations;

/* What every implementation begins with. */
struct storage {
    const storage_operations *operations;
    char *url; /* for messages */
};

/* The key of a Supabase project. */
typedef struct storage_credential {
    const char *text; /* a secret; NULL: not set */
    const char *name; /* of the variable that has it, for messages */
    int by_name; /* the text is a JSON object of keys by name: `default` counts, else the first */
} storage_credential;

typedef struct storage_settings {
    const char *supabase_url; /* NULL: not set */
    storage_credential supabase_key;
    unsigned timeout; /* seconds, 0: the client's own */
} storage_settings;

/* Opens a URL; another scheme, or a setting that is missing for it, fails with TW_USAGE. */
int storage_open(storage **opened, const char *url, const storage_settings *settings);
void storage_close(storage *store); /* NULL is fine */

/* A name: 1 to 100 letters, digits, '.', '_' and '-', a '.' not first. */
int storage_name_ok(const char *name);
/* A hidden name, `.<name>.tmp-...`, of an object that was not finished? */
int storage_is_leftover(const char *name);
/* 0, or fail(TW_INPUT) for a key that is not made of names. */
int storage_key_check(const char *key);

/* The whole object, ending with a NUL that is not counted. */
int storage_read(storage *store, const char *key, uint64_t limit, bytes *to, int *found);

/* Reads an object of known size and hash to a file (written as any output), or with path NULL
 * to nowhere.  TW_INPUT, and no file, when it is missing or another: fail_text says which. */
int storage_fetch(storage *store, const char *key, uint64_t size, const char *sha256,
                  const char *path);

/* The implementations. */
int file_storage_open(storage **opened, const char *folder);
int supabase_storage_open(storage **opened, const char *bucket, const storage_settings *settings);
int web_storage_open(storage **opened, const char *url, const storage_settings *settings);

#endif

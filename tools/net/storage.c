/* SPDX-License-Identifier: MIT */
#include "net/storage.h"

#include "base/fail.h"
#include "base/output.h"
#include "base/url.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAME = 100 };

static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

int storage_name_ok(const char *name) {
    size_t len = strlen(name);
    return len > 0 && len <= MAX_NAME && *name != '.' && strspn(name, allowed) == len;
}

int storage_is_leftover(const char *name) {
    return *name == '.' && strstr(name, ".tmp-") && !name[strspn(name, allowed)];
}

int storage_key_check(const char *key) {
    for (const char *at = key;;) {
        size_t len = strcspn(at, "/");
        char *name = xstrndup(at, len);
        int good = storage_name_ok(name);
        free(name);
        if (!good)
            return fail(TW_INPUT,
                        "'%.120s' is not the key of an object: names of letters, digits, '.', '_' "
                        "and '-', joined by '/', are expected",
                        key);
        if (!at[len])
            return 0;
        at += len + 1;
    }
}

int storage_open(storage **opened, const char *url, const storage_settings *settings) {
    *opened = NULL;
    int status = url_check(url, "the storage URL");
    if (!status && settings->supabase_url)
        status = url_check(settings->supabase_url, "the variable SUPABASE_URL");
    if (status)
        return status;
    if (!strncmp(url, "file:", 5))
        return file_storage_open(opened, url + 5);
    if (!strncmp(url, "supabase://", 11))
        return supabase_storage_open(opened, url + 11, settings);
    if (!strncmp(url, "https://", 8) || !strncmp(url, "http://", 7))
        return web_storage_open(opened, url, settings);
    return fail(TW_USAGE,
                "the storage URL: supabase://BUCKET, https://... or file:DIR is expected");
}

void storage_close(storage *store) {
    if (store)
        store->operations->close(store);
}

static int to_bytes(void *context, const void *from, size_t len) {
    bytes *to = context;
    if (from)
        bytes_put(to, from, len);
    else
        to->used = 0;
    return 0;
}

int storage_read(storage *store, const char *key, uint64_t limit, bytes *to, int *found) {
    int status = store->operations->get(store, key, limit, to_bytes, to, found);
    *bytes_room(to, 1) = 0;
    return status;
}

/* ---- Reading what must have a size and a hash ---------------------------------------------- */

typedef struct fetching {
    output *out; /* NULL: to nowhere */
    sha256 hash;
} fetching;

static int take(void *context, const void *from, size_t len) {
    fetching *f = context;
    if (!from) {
        sha256_begin(&f->hash);
        return f->out ? output_restart(f->out) : 0;
    }
    sha256_add(&f->hash, from, len);
    return f->out ? output_write(f->out, from, len) : 0;
}

static int judge(fetching *f, const char *key, uint64_t size, const char *expected) {
    char hex[SHA256_HEX];
    uint64_t got = f->hash.len;
    sha256_end(&f->hash, hex);
    if (got != size)
        return fail(TW_INPUT,
                    "%s: %llu bytes are expected, there are %llu: the object is cut or "
                    "another one",
                    key, (unsigned long long)size, (unsigned long long)got);
    if (strcmp(hex, expected) != 0)
        return fail(TW_INPUT, "%s: its SHA-256 is not that of the manifest: the object was altered",
                    key);
    return 0;
}

int storage_fetch(storage *store, const char *key, uint64_t size, const char *expected,
                  const char *path) {
    output out;
    fetching f = {.out = path ? &out : NULL};
    int found = 0, status = path ? output_open(&out, path) : 0;
    if (status)
        return status;
    sha256_begin(&f.hash);
    status = store->operations->get(store, key, size, take, &f, &found);
    if (!status && !found)
        status = fail(TW_INPUT, "%s: there is no such object, though the manifest names it", key);
    if (!status)
        status = judge(&f, key, size, expected);
    if (!path)
        return status;
    if (!status)
        return output_commit(&out);
    output_abandon(&out);
    return status;
}

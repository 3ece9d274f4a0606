/* SPDX-License-Identifier: MIT */
#include "catalogue/store.h"

#include "base/fail.h"

#include <string.h>

int store_open(store **opened, const char *url, const store_settings *settings) {
    static const char file[] = "file:";
    pg_settings database = settings->database;
    *opened = NULL;
    if (url && strncmp(url, file, sizeof file - 1) == 0 && url[sizeof file - 1])
        return file_store_open(opened, url + sizeof file - 1);
    if (!url || !strncmp(url, "postgresql:", 11) || !strncmp(url, "postgres:", 9)) {
        if (url)
            database.url = url;
        return pg_store_open(opened, &database);
    }
    /* The URL may hold a password: only its scheme is shown. */
    size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyz");
    if (scheme && url[scheme] == ':')
        return fail(TW_USAGE,
                    "%s: a store is named file:DIR or postgresql://HOST/DATABASE; there is none of "
                    "scheme '%.*s'",
                    database.source, (int)(scheme > 20 ? 20 : scheme), url);
    return fail(TW_USAGE,
                "%s: a store is named file:DIR, a folder of CSV tables, or "
                "postgresql://HOST/DATABASE",
                database.source);
}

void store_close(store *one) {
    if (one)
        one->operations->close(one);
}

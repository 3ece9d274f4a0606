/* SPDX-License-Identifier: MIT */
#include "store/store.h"

#include "cli/fail.h"

#include <string.h>

int store_open(store **opened, const char *url) {
    static const char file[] = "file:";
    *opened = NULL;
    if (strncmp(url, file, sizeof file - 1) == 0 && url[sizeof file - 1])
        return file_store_open(opened, url + sizeof file - 1);
    /* The URL may hold a password: only its scheme is shown. */
    size_t scheme = strspn(url, "abcdefghijklmnopqrstuvwxyz");
    if (scheme && url[scheme] == ':')
        return fail(TW_USAGE, "a store is named file:DIR; there is no store of scheme '%.*s'",
                    (int)(scheme > 20 ? 20 : scheme), url);
    return fail(TW_USAGE, "a store is named file:DIR, a folder of CSV tables");
}

void store_close(store *one) {
    if (one)
        one->operations->close(one);
}

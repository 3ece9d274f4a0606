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

int release_is(const json_t *row, const char *model_version, const char *manifest_sha256) {
    const char *version = json_string_value(json_object_get(row, "model_version"));
    const char *hash = json_string_value(json_object_get(row, "manifest_sha256"));
    return version && !strcmp(version, model_version) && (!hash || !strcmp(hash, manifest_sha256));
}

int release_conflict(const store *of, const release_row *row) {
    return fail(TW_CONFLICT,
                "%s: release %llu of %s is another run there than %s in the log; publish verify "
                "--db-url shows both, and the next release puts both right: activate again",
                of->url, (unsigned long long)row->sequence, row->environment, row->model_version);
}

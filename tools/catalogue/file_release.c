/* SPDX-License-Identifier: MIT */
/* active_release.json: the version that each environment serves, as the table of that name. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/file_store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* One row is enough to know that there are some. */
static int stop(void *context, const embedding_row *row) {
    (void)row;
    *(int *)context = 1;
    return TW_NEGATIVE;
}

static int need_embeddings(store *base, const char *version) {
    int found = 0;
    int status = file_embeddings(base, VIDEO_EMBEDDINGS, version, stop, &found);
    if (found)
        return 0;
    return status ? status
                  : fail(TW_INPUT,
                         "%s: there are no video embeddings of version %s; twotower upsert "
                         "or embed videos writes them",
                         base->url, version);
}

static int read_all(const char *path, json_t **all) {
    struct stat about;
    *all = NULL;
    int status = stat(path, &about) ? 0 : json_read(all, path);
    if (!*all)
        *all = json_object();
    return status;
}

int file_release_read(store *base, const char *environment, json_t **row) {
    char *path = file_store_path((const file_store *)base, "active_release.json");
    json_t *all;
    int status = read_all(path, &all);
    *row = status ? NULL : json_incref(json_object_get(all, environment));
    json_decref(all);
    free(path);
    return status;
}

int file_release_move(store *base, const release_row *row, int *moved) {
    char now[21], *path = file_store_path((const file_store *)base, "active_release.json");
    json_t *all = NULL;
    *moved = 0;
    int status = need_embeddings(base, row->model_version);
    if (!status)
        status = read_all(path, &all);
    const json_t *old = json_object_get(all, row->environment);
    json_int_t sequence = json_integer_value(json_object_get(old, "sequence"));
    if (!status && (uint64_t)sequence < row->sequence) {
        instant_format(now, instant_now());
        json_object_set_new(all, row->environment,
                            json_pack("{s:s, s:I, s:s, s:s}", "model_version", row->model_version,
                                      "sequence", (json_int_t)row->sequence, "manifest_sha256",
                                      row->manifest_sha256, "activated_at", now));
        status = json_write(json_incref(all), path);
        *moved = !status;
    } else if (!status && (uint64_t)sequence == row->sequence &&
               !release_is(old, row->model_version, row->manifest_sha256)) {
        status = release_conflict(base, row);
    }
    json_decref(all);
    free(path);
    return status;
}

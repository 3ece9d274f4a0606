/* SPDX-License-Identifier: MIT */
#include "release/mirror.h"

#include "base/fail.h"
#include "base/message.h"
#include "sign/inventory.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 30 };

static int put_file(const publish *p, const char *name, const bytes *from, const char *media) {
    char *key = key_of_run(p, "current", name);
    const storage_body body = {from->at, NULL, from->used, media, "no-cache", NULL};
    int status = p->store->operations->put(p->store, key, &body, 0);
    free(key);
    return status;
}

/* The name beside its own that a file is also known by, or NULL. */
static const char *alias_of(const stored_run *run, const char *name) {
    size_t stem = strlen("two_tower_") + strlen(run->run_id);
    if (!strcmp(name, "metrics.json"))
        return "metrics-latest.json";
    if (strncmp(name, "two_tower_", 10) != 0 || strncmp(name + 10, run->run_id, stem - 10) != 0)
        return NULL;
    return !strcmp(name + stem, ".onnx") ? "two_tower_latest.onnx"
           : !strcmp(name + stem, ".pt") ? "two_tower_latest.pt"
                                         : NULL;
}

/* Object storage has no copies across all kinds of store: a file is read, checked and put again. */
static int copy_file(const publish *p, const stored_run *run, const char *name, uint64_t size,
                     const char *expected, const char *media) {
    char *key = key_of_run(p, run->run_id, name), hex[SHA256_HEX];
    const char *alias = alias_of(run, name);
    bytes text = {NULL, 0, 0};
    sha256 hash;
    int found,
        status = size > MAX_FILE ? fail(TW_INPUT, "%s: is too large for the mirror", key) : 0;
    if (!status)
        status = storage_read(p->store, key, size, &text, &found);
    if (!status) {
        sha256_begin(&hash);
        sha256_add(&hash, text.at, text.used);
        sha256_end(&hash, hex);
        if (!found || strcmp(hex, expected) != 0)
            status = fail(TW_INPUT, "%s: is not the file that the inventory names", key);
    }
    if (!status)
        status = put_file(p, name, &text, media);
    if (!status && alias)
        status = put_file(p, alias, &text, media);
    bytes_free(&text);
    free(key);
    return status;
}

static int copy_run(const publish *p, const stored_run *run) {
    size_t files = inventory_count(run->inventory);
    int status = run_need(run);
    for (size_t i = 0; !status && i < files; i++) {
        inventory_file file = inventory_at(run->inventory, i);
        progress_show("mirroring file", i + 1, files);
        status = copy_file(p, run, file.name, file.size, file.sha256, file.media_type);
    }
    progress_end();
    if (!status)
        status = copy_file(p, run, "manifest.json", run->size, run->sha256, "application/json");
    return status;
}

int mirror_write(const publish *p, const json_t *record) {
    stored_run run;
    bytes text = {NULL, 0, 0};
    int status = run_read(p, record_current(record, "run_id"),
                          record_current(record, "manifest_sha256"), &run);
    if (status)
        return status;
    status = copy_run(p, &run);
    if (!status)
        status = document_text(record, &text);
    if (!status)
        status = put_file(p, "release.json", &text, "application/json");
    bytes_free(&text);
    run_free(&run);
    return status;
}

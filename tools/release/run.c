/* SPDX-License-Identifier: MIT */
#include "release/run.h"

#include "base/fail.h"
#include "base/message.h"
#include "sign/inventory.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_JSON = 64 << 20 };

static void hash_of(const bytes *text, char hex[SHA256_HEX]) {
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, text->at, text->used);
    sha256_end(&hash, hex);
}

int run_read(const publish *p, const char *run_id, const char *expected, stored_run *run) {
    bytes text = {NULL, 0, 0};
    int found = 0;
    *run = (stored_run){.run_id = run_id ? xstrndup(run_id, strlen(run_id)) : NULL};
    char *key = key_to_read(p, run_id, "manifest.json");
    int status = run_id ? publish_check_run_id(run_id) : 0;
    if (!status)
        status = storage_read(p->store, key, INVENTORY_MOST, &text, &found);
    if (!status && found) {
        hash_of(&text, run->sha256);
        run->size = text.used;
        if (expected && strcmp(expected, run->sha256) != 0)
            status = fail(TW_INPUT,
                          "%s: its SHA-256 is not the one that the release names: it was "
                          "altered",
                          key);
    }
    if (!status && found)
        status = inventory_parse(&run->inventory, text.at, text.used, key);
    if (!status && found && !run_id) {
        const char *id = inventory_text(run->inventory, "run_id");
        run->run_id = xstrndup(id, strlen(id));
        status = publish_check_run_id(id);
    } else if (!status && found && strcmp(inventory_text(run->inventory, "run_id"), run_id) != 0)
        status = fail(TW_INPUT, "%s: is the inventory of another run, %.64s", key,
                      inventory_text(run->inventory, "run_id"));
    if (status)
        run_free(run);
    bytes_free(&text);
    free(key);
    return status;
}

void run_free(stored_run *run) {
    json_decref(run->inventory);
    free(run->run_id);
    *run = (stored_run){0};
}

int run_need(const stored_run *run) {
    inventory_file file;
    if (!run->inventory)
        return fail(TW_INPUT,
                    "run %s is not in the store, or its upload did not end; publish "
                    "upload completes it",
                    run->run_id);
    char *onnx = xasprintf("two_tower_%s.onnx", run->run_id);
    int status = inventory_find(run->inventory, onnx, &file)
                     ? 0
                     : fail(TW_INPUT, "run %s: its inventory names no %s", run->run_id, onnx);
    free(onnx);
    return status;
}

int run_verify(const publish *p, const stored_run *run) {
    size_t files = inventory_count(run->inventory);
    int status = 0;
    for (size_t i = 0; !status && i < files; i++) {
        inventory_file file = inventory_at(run->inventory, i);
        char *key = key_to_read(p, run->run_id, file.name);
        progress_show("verifying file", i + 1, files);
        status = storage_fetch(p->store, key, file.size, file.sha256, NULL);
        free(key);
    }
    progress_end();
    return status;
}

int run_json(const publish *p, const stored_run *run, const char *name, json_t **document) {
    inventory_file file;
    char hex[SHA256_HEX], *key = key_to_read(p, run->run_id, name);
    bytes text = {NULL, 0, 0};
    json_error_t error;
    int found = 0, status = 0;
    *document = NULL;
    if (!inventory_find(run->inventory, name, &file) || file.size > MAX_JSON)
        status = fail(TW_INPUT, "run %s has no %s", run->run_id, name);
    if (!status)
        status = storage_read(p->store, key, file.size, &text, &found);
    if (!status) {
        hash_of(&text, hex);
        if (!found || strcmp(hex, file.sha256) != 0)
            status = fail(TW_INPUT, "%s: is missing or not the file that the inventory names", key);
    }
    if (!status) {
        *document = json_loadb((const char *)text.at, text.used, JSON_REJECT_DUPLICATES, &error);
        if (!*document)
            status = fail(TW_INPUT, "%s:%d: not the JSON that is expected: %s", key, error.line,
                          error.text);
    }
    bytes_free(&text);
    free(key);
    return status;
}

/* SPDX-License-Identifier: MIT */
/* Claim: any bytes as an inventory or as a record of the release log are refused with an exit
 * status and a sentence, or every name, path, hash and size in them is one that may be used. */
#include "base/fail.h"
#include "release/record.h"
#include "sign/canonical.h"
#include "sign/inventory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth) {
    if (!truth) {
        abort();
    }
}

static void check_inventory(const json_t *document) {
    for (size_t i = 0; i < inventory_count(document); i++) {
        inventory_file file = inventory_at(document, i);
        must(storage_name_ok(file.name) && strcmp(file.name, "manifest.json") != 0);
        must(strlen(file.sha256) == 64 && file.size <= INT64_MAX);
    }
    must(inventory_text(document, "run_id") != NULL);
}

static void check_record(const json_t *record) {
    must(record_sequence(record) > 0);
    must(storage_name_ok(record_current(record, "run_id")));
    static const char *const paths[] = {"onnx_path", "meta_path", "metrics_path", "manifest_path"};
    for (size_t i = 0; i < 4; i++) {
        const char *path = record_current(record, paths[i]);
        must(strncmp(path, "two_tower/", 10) == 0 && storage_key_check(path) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const publish p = {.prefix = "two_tower", .environment = "production"};
    const bytes text = {(uint8_t *)(uintptr_t)data, size, size};
    bytes canonical = {NULL, 0, 0};
    json_t *document = NULL;
    int status = inventory_parse(&document, data, size, "x");
    must(status == 0 ? document != NULL : document == NULL && *fail_text());
    if (document) {
        check_inventory(document);
        status = canonical_json(&canonical, document);
        must(status == 0 || status == TW_INPUT);
    }
    json_decref(document);
    fail_clear();
    status = record_parse(&p, &document, &text, "x");
    must(status == 0 ? document != NULL : document == NULL && *fail_text());
    if (document) {
        check_record(document);
    }
    json_decref(document);
    fail_clear();
    bytes_free(&canonical);
    return 0;
}

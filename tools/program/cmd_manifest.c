/* SPDX-License-Identifier: MIT */
/* manifest: the inventory of a run folder. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "sign/manifest.h"

static const option options[] = {
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "print it, write nothing"},
    {0},
};

static int run(const arguments *a) {
    json_t *document;
    if (operand_count(a) != 1)
        return fail(TW_USAGE, "one folder is expected");
    const char *folder = operand(a, 0);
    int dry = option_flag(a, "dry-run");
    int status = dry ? manifest_make(&document, folder, NULL) : manifest_write(folder, &document);
    if (status)
        return status;
    if (json_wanted())
        return result_json(document);
    if (!dry) {
        json_decref(document);
        return 0;
    }
    const json_t *file;
    size_t at;
    json_array_foreach(json_object_get(document, "files"), at, file) {
        result_line("%s  %s", json_string_value(json_object_get(file, "sha256")),
                    json_string_value(json_object_get(file, "name")));
    }
    json_decref(document);
    return result_flush();
}

const command command_manifest = {
    "manifest", "name, SHA-256, size and media type of the files of a folder: manifest.json",
    "DIR",      "twotower manifest ml/artifacts/latest",
    options,    run,
};

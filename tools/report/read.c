/* SPDX-License-Identifier: MIT */
#include "report/read.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOG_MOST = 16 << 20 };

static int there(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

static int document_of(json_t **made, const char *folder, const char *name) {
    char *path = xasprintf("%s/%s", folder, name);
    int status = 0;
    *made = NULL;
    if (there(path))
        status = json_read(made, path);
    if (!status && !*made)
        *made = json_null();
    free(path);
    return status;
}

static int lines_of(json_t **made, const char *folder) {
    char *path = xasprintf("%s/training.jsonl", folder), *text = NULL;
    size_t len = 0, line = 1;
    int status = there(path) ? file_read(path, LOG_MOST, &text, &len) : 0;
    *made = json_array();
    for (char *at = text, *end; at && *at && !status; at = end, line++) {
        json_error_t error;
        end = strchr(at, '\n');
        size_t bytes = end ? (size_t)(end++ - at) : strlen(at);
        end = end ? end : at + bytes;
        json_t *one = bytes ? json_loadb(at, bytes, 0, &error) : NULL;
        if (bytes && !one)
            status =
                fail(TW_INPUT, "%s:%zu: a line of JSON is expected: %s", path, line, error.text);
        if (one)
            json_array_append_new(*made, one);
    }
    free(text);
    free(path);
    return status;
}

int report_read_run(json_t *document, const char *folder) {
    json_t *meta = NULL, *evaluated = NULL, *log = NULL;
    int status = document_of(&meta, folder, "model_meta.json");
    if (!status)
        status = document_of(&evaluated, folder, "metrics.json");
    if (!status)
        status = lines_of(&log, folder);
    json_object_set_new(document, "meta", meta);
    json_object_set_new(document, "evaluated", evaluated);
    json_object_set_new(document, "log", log);
    return status;
}

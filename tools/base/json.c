/* SPDX-License-Identifier: MIT */
#include "base/escape.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "base/output.h"

#include <math.h>
#include <stdlib.h>

enum { LIMIT = 64 << 20 };

void json_own_memory(void) {
    json_set_alloc_funcs(xmalloc, free);
}

typedef struct json_output {
    output out;
    int status;
} json_output;

static int put(const char *bytes, size_t len, void *context) {
    json_output *to = context;
    to->status = output_write(&to->out, bytes, len);
    return to->status ? -1 : 0;
}

static int put_escaped(const char *bytes, size_t len, void *context) {
    return escape_json(bytes, len, put, context);
}

int json_write(json_t *document, const char *path) {
    json_output to = {.status = 0};
    int status = output_open(&to.out, path);
    if (!status && json_dump_callback(document, put_escaped, &to,
                                      JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0)
        status = to.status ? to.status : fail(TW_IO, "%s: the document cannot be written", path);
    if (!status)
        status = output_write(&to.out, "\n", 1);
    if (!status)
        status = output_commit(&to.out);
    else
        output_abandon(&to.out);
    json_decref(document);
    return status;
}

json_t *json_finite(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

int json_read(json_t **document, const char *path) {
    char *text;
    size_t len;
    json_error_t error;
    *document = NULL;
    int status = file_read(path, LIMIT, &text, &len);
    if (status)
        return status;
    *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    free(text);
    if (!*document)
        return fail(TW_INPUT, "%s:%d:%d: not the JSON that is expected: %s", path, error.line,
                    error.column, error.text);
    return 0;
}

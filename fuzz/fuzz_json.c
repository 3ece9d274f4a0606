/* SPDX-License-Identifier: MIT */
/* Claim: reading any bytes as JSON ends with a document or with a sentence that names file and
 * place; what is read has no name twice, no text that is not UTF-8, and written again it reads
 * as the same. */
#include "memory_file.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/utf8.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const json_t *value);

static void check_object(const json_t *object) {
    const char *name;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        if (!utf8_valid(name, strlen(name)) || json_object_get(object, name) != value) {
            abort();
        }
        check(value);
        count++;
    }
    if (count != json_object_size(object)) {
        abort();
    }
}

/* As deep as jansson reads: 2048. */
static void check(const json_t *value) {
    size_t at;
    const json_t *element;
    if (json_is_object(value)) {
        check_object(value);
    }
    json_array_foreach(value, at, element) {
        check(element);
    }
    if (json_is_string(value) && !utf8_valid(json_string_value(value), json_string_length(value))) {
        abort();
    }
    if (json_is_real(value) && !isfinite(json_real_value(value))) {
        abort();
    }
}

static void same_again(const json_t *document) {
    json_error_t error;
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_t *again = text != NULL ? json_loads(text, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (again == NULL || !json_equal(document, again)) {
        abort();
    }
    json_decref(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory_file file = memory_file_make(data, size);
    json_t *document;
    int status = json_read(&document, file.path);
    if (status == 0) {
        check(document);
        same_again(document);
        json_decref(document);
    } else if (status != TW_INPUT || document != NULL ||
               strncmp(fail_text(), file.path, strlen(file.path)) != 0) {
        abort();
    }
    fail_clear();
    close(file.fd);
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "sign/inventory.h"

#include "base/fail.h"
#include "base/file.h"
#include "format/sha256.h"
#include "sign/sign.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILES = 256, MAX_NAME = 100 };

static const char *type_name(json_type type) {
    static const char *const names[] = {"an object", "a list",  "a text",  "a whole number",
                                        "a number",  "a truth", "a truth", "null"};
    return names[type];
}

static int is_of(const json_t *value, json_type type) {
    return json_typeof(value) == type || (type == JSON_TRUE && json_is_false(value));
}

static const json_member *member_find(const json_member *members, const char *name) {
    for (; members->name; members++)
        if (!strcmp(members->name, name))
            return members;
    return NULL;
}

int json_members_check(const json_t *object, const json_member *members, const char *what) {
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return fail(TW_INPUT, "%s: an object is expected", what);
    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        const json_member *one = member_find(members, name);
        if (!one)
            return fail(TW_INPUT, "%s: has an unknown member '%.40s'", what, name);
        if (!is_of(value, one->type) && !(one->optional && json_is_null(value)))
            return fail(TW_INPUT, "%s: '%s' is expected to be %s", what, name,
                        type_name(one->type));
    }
    for (; members->name; members++)
        if (!members->optional && !json_object_get(object, members->name))
            return fail(TW_INPUT, "%s: has no member '%s'", what, members->name);
    return 0;
}

/* ---- The inventory ------------------------------------------------------------------------- */

static const json_member top[] = {{"manifest_version", JSON_INTEGER, 0},
                                  {"run", JSON_OBJECT, 0},
                                  {"files", JSON_ARRAY, 0},
                                  {"key_id", JSON_STRING, 1},
                                  {"signature", JSON_STRING, 1},
                                  {NULL, JSON_NULL, 0}};

static const json_member run_members[] = {{"model_name", JSON_STRING, 0},
                                          {"format", JSON_STRING, 1},
                                          {"run_id", JSON_STRING, 0},
                                          {"trained_at", JSON_STRING, 1},
                                          {"git_commit", JSON_STRING, 1},
                                          {"tool_version", JSON_STRING, 1},
                                          {"options", JSON_OBJECT, 1},
                                          {"data_snapshot", JSON_OBJECT, 1},
                                          {"input_schema_version", JSON_INTEGER, 1},
                                          {"embedding_dim", JSON_INTEGER, 1},
                                          {"user_feature_dim", JSON_INTEGER, 1},
                                          {"item_feature_dim", JSON_INTEGER, 1},
                                          {"evaluated_at", JSON_STRING, 1},
                                          {"threshold_passed", JSON_TRUE, 1},
                                          {NULL, JSON_NULL, 0}};

static const json_member file_members[] = {{"name", JSON_STRING, 0},
                                           {"sha256", JSON_STRING, 0},
                                           {"size", JSON_INTEGER, 0},
                                           {"media_type", JSON_STRING, 0},
                                           {NULL, JSON_NULL, 0}};

static int name_ok(const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(name);
    return len > 0 && len <= MAX_NAME && *name != '.' && strspn(name, allowed) == len &&
           strcmp(name, "manifest.json") != 0;
}

static int hash_ok(const char *hash) {
    return strlen(hash) == SHA256_HEX - 1 && strspn(hash, "0123456789abcdef") == SHA256_HEX - 1;
}

static int check_file(const json_t *document, size_t at, const char *what) {
    int status = json_members_check(json_array_get(json_object_get(document, "files"), at),
                                    file_members, what);
    if (status)
        return status;
    inventory_file file = inventory_at(document, at);
    if (!name_ok(file.name))
        return fail(TW_INPUT,
                    "%s: '%.100s' is no name of a file: letters, digits, '.', '_' and '-' are "
                    "expected, a '.' not first",
                    what, file.name);
    if (!hash_ok(file.sha256) || file.size > INT64_MAX || strlen(file.media_type) > MAX_NAME ||
        file.media_type[strcspn(file.media_type, "\r\n")])
        return fail(TW_INPUT, "%s: hash, size or type of %s is none", what, file.name);
    for (size_t i = 0; i < at; i++)
        if (!strcmp(inventory_at(document, i).name, file.name))
            return fail(TW_INPUT, "%s: names %s twice", what, file.name);
    return 0;
}

static int check_document(const json_t *document, const char *what) {
    int status = json_members_check(document, top, what);
    if (!status && json_integer_value(json_object_get(document, "manifest_version")) != 1)
        status = fail(TW_INPUT, "%s: is of another version; a newer twotower reads it", what);
    if (!status)
        status = json_members_check(json_object_get(document, "run"), run_members, what);
    if (!status && inventory_count(document) > MAX_FILES)
        status = fail(TW_INPUT, "%s: names more than %d files", what, MAX_FILES);
    for (size_t i = 0; !status && i < inventory_count(document); i++)
        status = check_file(document, i, what);
    return status;
}

int inventory_parse(json_t **document, const void *text, size_t len, const char *what) {
    const trust *keys;
    json_error_t error;
    *document = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!*document)
        return fail(TW_INPUT, "%s:%d:%d: not the JSON that is expected: %s", what, error.line,
                    error.column, error.text);
    int status = trust_pinned(&keys);
    if (!status)
        status = trust_check(keys, *document, what);
    if (!status)
        status = check_document(*document, what);
    if (status) {
        json_decref(*document);
        *document = NULL;
    }
    return status;
}

size_t inventory_count(const json_t *document) {
    return json_array_size(json_object_get(document, "files"));
}

inventory_file inventory_at(const json_t *document, size_t at) {
    const json_t *one = json_array_get(json_object_get(document, "files"), at);
    return (inventory_file){json_string_value(json_object_get(one, "name")),
                            json_string_value(json_object_get(one, "sha256")),
                            json_string_value(json_object_get(one, "media_type")),
                            (uint64_t)json_integer_value(json_object_get(one, "size"))};
}

int inventory_find(const json_t *document, const char *name, inventory_file *file) {
    for (size_t i = 0; i < inventory_count(document); i++) {
        *file = inventory_at(document, i);
        if (!strcmp(file->name, name))
            return 1;
    }
    return 0;
}

const char *inventory_text(const json_t *document, const char *name) {
    return json_string_value(json_object_get(json_object_get(document, "run"), name));
}

/* ---- Before a file of a fetched run is parsed --------------------------------------------------
 */

static int compare(const json_t *document, const char *folder, const char *name, const void *bytes,
                   size_t len) {
    inventory_file listed;
    char hex[SHA256_HEX];
    sha256 hash;
    if (!inventory_find(document, name, &listed))
        return fail(TW_INPUT, "%s/manifest.json does not name %s; fetch the run again", folder,
                    name);
    sha256_begin(&hash);
    sha256_add(&hash, bytes, len);
    sha256_end(&hash, hex);
    if (listed.size != len || strcmp(hex, listed.sha256) != 0)
        return fail(TW_INPUT,
                    "%s/%s is not the file that the signed manifest.json beside it names; "
                    "fetch the run again",
                    folder, name);
    return 0;
}

int inventory_guard(const char *folder, const char *name, const void *bytes, size_t len) {
    char *path = xasprintf("%s/manifest.json", folder), *text = NULL;
    json_t *document = NULL;
    struct stat about;
    size_t size;
    int status = 0;
    if (!stat(path, &about) && !(status = file_read(path, INVENTORY_MOST, &text, &size)) &&
        strstr(text, "\"signature\"")) {
        status = inventory_parse(&document, text, size, path);
        if (!status)
            status = compare(document, folder, name, bytes, len);
    }
    json_decref(document);
    free(text);
    free(path);
    return status;
}

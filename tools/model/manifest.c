/* SPDX-License-Identifier: MIT */
#include "model/manifest.h"

#include "cli/fail.h"
#include "cli/message.h"
#include "format/sha256.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MANIFEST_VERSION = 1 };

static const char own_name[] = "manifest.json";

static const char *media_type(const char *name) {
    static const char *const types[][2] = {
        {".json", "application/json"}, {".jsonl", "application/x-ndjson"},
        {".md", "text/markdown"},      {".csv", "text/csv"},
        {".gz", "application/gzip"},   {".parquet", "application/vnd.apache.parquet"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++)
        if (!strcmp(dot, types[i][0]))
            return types[i][1];
    return "application/octet-stream";
}

static int check_name(const char *folder, const char *name) {
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
        return fail(TW_INPUT,
                    "%s: the name of a file is not made of letters, digits, '.', '_' and '-'; "
                    "rename it",
                    folder);
    return 0;
}

static int add_file(json_t *files, const char *folder, const char *name) {
    char *path = need_format("%s/%s", folder, name);
    char hex[SHA256_HEX];
    uint64_t size;
    struct stat about;
    int status = interrupted();
    if (!status && lstat(path, &about))
        status = fail_errno("read", path);
    if (!status && !S_ISLNK(about.st_mode)) {
        status = check_name(folder, name);
        if (!status && !S_ISREG(about.st_mode))
            status =
                fail(TW_INPUT, "%s: is not a file; a manifest lists the files of one folder", path);
        if (!status)
            status = sha256_file(path, hex, &size);
        if (!status)
            json_array_append_new(files, json_pack("{s:s, s:s, s:I, s:s}", "name", name, "sha256",
                                                   hex, "size", (json_int_t)size, "media_type",
                                                   media_type(name)));
    }
    free(path);
    return status;
}

static int is_listed(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strcmp(entry->d_name, own_name) != 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int add_files(json_t *files, const char *folder, manifest_filter wanted) {
    struct dirent **entry;
    int count = scandir(folder, &entry, is_listed, by_bytes), status = 0;
    if (count < 0)
        return fail_errno("read", folder);
    for (int i = 0; i < count; i++) {
        if (!status && (!wanted || wanted(entry[i]->d_name)))
            status = add_file(files, folder, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    return status;
}

/* Copies members of a JSON file of the folder, if it is there. */
static int add_members(json_t *to, const char *folder, const char *name, const char *const *keys) {
    char *path = need_format("%s/%s", folder, name);
    struct stat about;
    json_t *from = NULL;
    int status = stat(path, &about) ? 0 : json_read(&from, path);
    for (; from && *keys; keys++)
        if (json_object_get(from, *keys))
            json_object_set(to, *keys, json_object_get(from, *keys));
    json_decref(from);
    free(path);
    return status;
}

int manifest_make(json_t **document, const char *folder, manifest_filter wanted) {
    static const char *const meta[] = {"model_name",
                                       "format",
                                       "run_id",
                                       "trained_at",
                                       "git_commit",
                                       "tool_version",
                                       "options",
                                       "data_snapshot",
                                       "input_schema_version",
                                       "embedding_dim",
                                       "user_feature_dim",
                                       "item_feature_dim",
                                       NULL};
    static const char *const metrics[] = {"evaluated_at", "threshold_passed", NULL};
    json_t *run = json_object(), *files = json_array();
    int status = add_members(run, folder, "model_meta.json", meta);
    if (!status)
        status = add_members(run, folder, "metrics.json", metrics);
    if (!status)
        status = add_files(files, folder, wanted);
    *document = json_pack("{s:i, s:o, s:o}", "manifest_version", MANIFEST_VERSION, "run", run,
                          "files", files);
    if (status) {
        json_decref(*document);
        *document = NULL;
    }
    return status;
}

int manifest_write(const char *folder) {
    json_t *document;
    int status = manifest_make(&document, folder, NULL);
    if (status)
        return status;
    char *path = need_format("%s/%s", folder, own_name);
    status = json_write(document, path);
    free(path);
    return status;
}

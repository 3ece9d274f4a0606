/* SPDX-License-Identifier: MIT */
#include "sign/manifest.h"

#include "base/fail.h"
#include "base/message.h"
#include "base/parallel.h"
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

/* One file of the folder, hashed. */
typedef struct hashed {
    char *path;
    const char *name; /* the end of the path */
    char hex[SHA256_HEX];
    uint64_t size;
} hashed;

static int hash_rows(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    hashed *file = context;
    int status = 0;
    (void)thread;
    for (uint32_t i = begin; !status && i < end; i++)
        status = sha256_file(file[i].path, file[i].hex, &file[i].size);
    return status;
}

static int is_listed(const struct dirent *entry) {
    return entry->d_name[0] != '.' && strcmp(entry->d_name, own_name) != 0;
}

static int by_bytes(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* Links are left out. */
static int take_file(hashed *files, uint32_t *count, const char *folder, const char *name) {
    hashed *one = &files[*count];
    struct stat about;
    one->path = xasprintf("%s/%s", folder, name);
    one->name = one->path + strlen(folder) + 1;
    int status = lstat(one->path, &about) ? fail_errno("read", one->path) : 0;
    if (!status && S_ISLNK(about.st_mode)) {
        free(one->path);
        return 0;
    }
    ++*count;
    if (!status)
        status = check_name(folder, name);
    if (!status && !S_ISREG(about.st_mode))
        status = fail(TW_INPUT, "%s: is not a file; a manifest lists the files of one folder",
                      one->path);
    return status;
}

static int add_files(json_t *list, const char *folder, manifest_filter wanted) {
    struct dirent **entry;
    int entries = scandir(folder, &entry, is_listed, by_bytes), status = 0;
    uint32_t count = 0;
    if (entries < 0)
        return fail_errno("read", folder);
    hashed *file = xcalloc((size_t)entries + 1, sizeof *file);
    for (int i = 0; i < entries; i++) {
        if (!status && (!wanted || wanted(entry[i]->d_name)))
            status = take_file(file, &count, folder, entry[i]->d_name);
        free(entry[i]);
    }
    free(entry);
    if (!status)
        status = parallel_for("hashing files", processors(), count, 1, hash_rows, file);
    for (uint32_t i = 0; i < count; i++) {
        if (!status)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:I, s:s}", "name", file[i].name, "sha256",
                                            file[i].hex, "size", (json_int_t)file[i].size,
                                            "media_type", media_type(file[i].name)));
        free(file[i].path);
    }
    free(file);
    return status;
}

/* Copies members of a JSON file of the folder, if it is there. */
static int add_members(json_t *to, const char *folder, const char *name, const char *const *keys) {
    char *path = xasprintf("%s/%s", folder, name);
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

int manifest_write(const char *folder, json_t **written) {
    json_t *document;
    int status = manifest_make(&document, folder, NULL);
    if (status)
        return status;
    char *path = xasprintf("%s/%s", folder, own_name);
    status = json_write(json_incref(document), path);
    if (!status && written)
        *written = json_incref(document);
    json_decref(document);
    free(path);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "training/provenance.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "format/sha256.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ------------------------------------------------------------------------------------
 */

int provenance_file(json_t *list, const char *path) {
    struct stat about;
    char hex[SHA256_HEX];
    uint64_t size;
    if (stat(path, &about) || !S_ISREG(about.st_mode)) {
        json_array_append_new(list, json_null());
        return 0;
    }
    int status = sha256_file(path, hex, &size);
    if (!status)
        json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "path", path, "sha256", hex,
                                              "size", (json_int_t)size));
    return status;
}

static int table_files(json_t *list, const dataset_paths *tables) {
    const char *const paths[] = {tables->train, tables->val, tables->users, tables->items};
    int status = 0;
    for (size_t i = 0; i < sizeof paths / sizeof *paths && !status; i++)
        status = provenance_file(list, paths[i]);
    return status;
}

int provenance_training(json_t **how, const dataset_paths *tables, const json_t *record) {
    json_t *inputs = json_array();
    int status = table_files(inputs, tables);
    json_t *options = json_pack("{s:s, s:s, s:s, s:s, s:s}", "train", tables->train, "val",
                                tables->val, "user-features", tables->users, "item-features",
                                tables->items, "item-key", tables->item_key);
    json_object_update(options, (json_t *)(uintptr_t)record);
    *how = json_pack("{s:o, s:o}", "options", options, "inputs", inputs);
    return status;
}

int provenance_is_of(int *own, const char *folder, const dataset_paths *tables) {
    char *path = xasprintf("%s/model_meta.json", folder);
    json_t *meta = NULL, *now = json_array();
    int status = access(path, F_OK) == 0 ? json_read(&meta, path) : 0;
    const json_t *snapshot = json_object_get(meta, "data_snapshot");
    const json_t *inputs = json_object_get(snapshot, "inputs");
    if (!status)
        status = table_files(now, tables);
    *own = 1;
    for (size_t i = 0; i < json_array_size(now) && *own; i++) {
        const json_t *then = json_object_get(json_array_get(inputs, i), "sha256");
        *own = json_is_string(then) &&
               json_equal(then, json_object_get(json_array_get(now, i), "sha256"));
    }
    json_decref(now);
    json_decref(meta);
    free(path);
    return status;
}

int provenance_check(const json_t *files) {
    const json_t *one;
    size_t at;
    json_array_foreach(files, at, one) {
        const char *path = json_string_value(json_object_get(one, "path"));
        const char *then = json_string_value(json_object_get(one, "sha256"));
        char now[SHA256_HEX];
        uint64_t size;
        if (!path || !then)
            return fail(TW_INPUT, "an input of the run was no file: it cannot be trained again");
        int status = sha256_file(path, now, &size);
        if (status)
            return status;
        if (strcmp(now, then) != 0)
            return fail(TW_INPUT,
                        "%s: is not the file that the run was trained from; bring back the "
                        "tables of its prep run",
                        path);
    }
    return 0;
}

/* ---- The commit -------------------------------------------------------------------------------
 */

static char *first_line(const char *folder, const char *name) {
    char *path = xasprintf("%s/%s", folder, name), *text = NULL;
    size_t len;
    if (access(path, R_OK) != 0 || file_read(path, 64 << 20, &text, &len))
        fail_clear();
    if (text)
        text[strcspn(text, "\r\n")] = '\0';
    free(path);
    return text;
}

/* A line "HASH NAME" of packed-refs. */
static char *packed(const char *git, const char *name) {
    char *path = xasprintf("%s/packed-refs", git), *text = NULL, *rest = NULL, *found = NULL;
    size_t len;
    if (access(path, R_OK) != 0 || file_read(path, 64 << 20, &text, &len))
        fail_clear();
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line && !found;
         line = strtok_r(NULL, "\n", &rest))
        if (strlen(line) > 41 && line[40] == ' ' && !strcmp(line + 41, name))
            found = xstrndup(line, 40);
    free(text);
    free(path);
    return found;
}

static char *commit_of(const char *git) {
    char *head = first_line(git, "HEAD"), *commit = NULL;
    if (head && !strncmp(head, "ref: ", 5) && !strstr(head, "..")) {
        commit = first_line(git, head + 5);
        if (!commit)
            commit = packed(git, head + 5);
        free(head);
        head = commit;
    }
    if (head && (strlen(head) < 40 || strspn(head, "0123456789abcdef") != strlen(head))) {
        free(head);
        head = NULL;
    }
    return head;
}

char *provenance_commit(void) {
    const char *given = getenv("GITHUB_SHA");
    char *here = realpath(".", NULL), *commit = NULL;
    if (given && *given) {
        free(here);
        return xstrndup(given, strlen(given));
    }
    for (char *slash = here; here && slash && !commit;) {
        char *git = xasprintf("%s/.git", here);
        struct stat about;
        int found = stat(git, &about) == 0 && S_ISDIR(about.st_mode);
        if (found)
            commit = commit_of(git);
        free(git);
        slash = found ? NULL : strrchr(here, '/');
        if (slash)
            *slash = '\0';
    }
    free(here);
    return commit;
}

/* SPDX-License-Identifier: MIT */
#include "format/parts.h"

#include "base/fail.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void add(part_files *found, size_t *capacity, char *path) {
    found->path = xgrow(found->path, found->count, capacity, sizeof *found->path);
    found->path[found->count++] = path;
}

/* One entry of a folder. */
static int look_at(part_files *found, size_t *capacity, const char *folder, const char *name) {
    struct stat about;
    int hidden = name[0] == '.' || name[0] == '_';
    if (!strcmp(name, "_delta_log"))
        return fail(TW_INPUT,
                    "%s: is a table of Delta Lake, whose folder also holds rows that were deleted; "
                    "export it as Parquet files of its own",
                    folder);
    if (hidden)
        return 0;
    char *path = xasprintf("%s/%s", folder, name);
    int status = stat(path, &about) ? fail_errno("open", path) : 0;
    if (!status && S_ISDIR(about.st_mode))
        status = fail(TW_INPUT,
                      "%s: a folder of part files is expected, and this is a folder in it; give "
                      "the folder with the files, written without partitions",
                      path);
    if (status || !about.st_size)
        free(path);
    else
        add(found, capacity, path);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_folder(part_files *found, size_t *capacity, const char *folder) {
    DIR *open = opendir(folder);
    const struct dirent *entry;
    int status = 0;
    if (!open)
        return fail_errno("open", folder);
    while (!status && (entry = readdir(open)))
        status = look_at(found, capacity, folder, entry->d_name);
    closedir(open);
    if (!status && !found->count)
        status =
            fail(TW_INPUT, "%s: the folder holds no part files; give one with CSV or Parquet files",
                 folder);
    if (!status)
        qsort(found->path, found->count, sizeof *found->path, by_name);
    return status;
}

int parts_find(part_files *found, const char *path) {
    struct stat about;
    size_t capacity = 0, len = strlen(path);
    *found = (part_files){NULL, 0};
    if (stat(path, &about) || !S_ISDIR(about.st_mode)) {
        add(found, &capacity, xstrndup(path, len));
        return 0;
    }
    while (len > 1 && path[len - 1] == '/')
        len--;
    char *folder = xstrndup(path, len);
    int status = list_folder(found, &capacity, folder);
    free(folder);
    return status;
}

void parts_free(part_files *found) {
    for (size_t i = 0; i < found->count; i++)
        free(found->path[i]);
    free(found->path);
    *found = (part_files){NULL, 0};
}

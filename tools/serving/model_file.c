/* SPDX-License-Identifier: MIT */
#include "serving/model_file.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "serving/external.h"
#include "sign/inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map_file(model_file *file) {
    int fd, status = file_open(&fd, file->path);
    struct stat about;
    if (status)
        return status;
    if (fstat(fd, &about))
        status = fail_errno("read", file->path);
    else if (!S_ISREG(about.st_mode) || !about.st_size)
        status = fail(TW_INPUT, "%s: an ONNX file is expected, got %s", file->path,
                      S_ISREG(about.st_mode) ? "an empty file" : "something else");
    if (!status) {
        file->len = file->mapped = (size_t)about.st_size;
        file->bytes = mmap(NULL, file->len, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file->bytes == MAP_FAILED) {
            file->bytes = NULL;
            status = fail_errno("map", file->path);
        }
    }
    close(fd);
    return status;
}

/* A name of the file, for a sentence: printable, and not endless. */
static char *quoted(tt_text name) {
    char *text = xstrndup(name.at ? name.at : "", name.len < 80 ? name.len : 80);
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\'')
            *c = '?';
    return text;
}

/* The names of the outputs, to choose from. */
static char *output_names(const model_file *file) {
    char *list = xstrndup("", 0);
    tt_text name;
    for (uint32_t i = 0; (name = tt_graph_output(file->bytes, file->len, i)).at && i < 16; i++) {
        char *one = quoted(name), *longer = xasprintf("%s%s%s", list, i ? ", " : "", one);
        free(one);
        free(list);
        list = longer;
    }
    return list;
}

static int refuse_roles(const model_file *file) {
    char *names = output_names(file);
    int status =
        fail(TW_INPUT, "%s: %s; the outputs are %s: name them by --user-output and --item-output",
             file->path, tt_status_text(TT_ERR_ROLE), names);
    free(names);
    return status;
}

static int refuse(const model_file *file, const tt_error *error) {
    tt_text of, called;
    if (error->status == TT_ERR_ROLE)
        return refuse_roles(file);
    tt_error_place(error, file->bytes, file->len, &of, &called);
    char *op = quoted(of), *name = quoted(called);
    const char *space = *op && *name ? " " : "";
    const char *why = tt_status_text(error->status);
    int status;
    if (error->node != TT_NO_NODE)
        status =
            fail(TW_INPUT, "%s: node %u (%s%s%s), byte %zu: %s; core/SPEC.md says what is read",
                 file->path, error->node, op, space, name, error->offset, why);
    else if (*name)
        status = fail(TW_INPUT, "%s: '%s', byte %zu: %s; core/SPEC.md says what is read",
                      file->path, name, error->offset, why);
    else
        status = fail(TW_INPUT, "%s: byte %zu: %s; core/SPEC.md says what is read", file->path,
                      error->offset, why);
    free(op);
    free(name);
    return status;
}

static int read_model(model_file *file) {
    size_t size = tt_model_read_size();
    void *scratch = xmalloc(size);
    tt_error error;
    int failed = 0;
    tt_status status =
        tt_model_read_as(&file->model, file->bytes, file->len, &file->as, scratch, size, &error);
    if (status == TT_ERR_EXTERNAL)
        failed = external_join(file);
    if (!failed && file->as.external)
        status = tt_model_read_as(&file->model, file->bytes, file->len, &file->as, scratch, size,
                                  &error);
    free(scratch);
    return failed || status == TT_OK ? failed : refuse(file, &error);
}

/* `folder`: of a run, whose signed inventory, if it has one, comes before the model. */
static int open_file(model_file *file, const char *path, const char *folder,
                     const tt_text *outputs) {
    *file = (model_file){.path = xstrndup(path, strlen(path))};
    for (int t = 0; t < TT_TOWERS && outputs; t++)
        file->as.output[t] = outputs[t];
    int status = map_file(file);
    if (!status && folder)
        status = inventory_guard(folder, strrchr(path, '/') + 1, file->bytes, file->len);
    if (!status)
        status = read_model(file);
    if (status) {
        model_file_close(file);
        return status;
    }
    tt_text version = tt_model_property(&file->model, "run_id");
    if (version.len > 0 && version.len < sizeof file->version)
        memcpy(file->version, version.at, version.len);
    return 0;
}

int model_file_open(model_file *file, const char *path, const tt_text *outputs) {
    return open_file(file, path, NULL, outputs);
}

void model_file_close(model_file *file) {
    if (file->bytes)
        munmap(file->bytes, file->mapped);
    free(file->path);
    free(file->data_name);
    *file = (model_file){0};
}

static int is_model_name(const char *name) {
    size_t len = strlen(name);
    return !strncmp(name, "two_tower_", 10) && len > 15 && !strcmp(name + len - 5, ".onnx") &&
           strcmp(name, "two_tower_latest.onnx") != 0;
}

int model_file_open_run(model_file *file, const char *folder) {
    DIR *entries = opendir(folder);
    char *path = NULL;
    size_t found = 0;
    if (!entries)
        return errno == ENOENT
                   ? fail(TW_IO,
                          "%s: there is no run here; train a model first, or name its folder",
                          folder)
                   : fail_errno("open", folder);
    for (const struct dirent *entry; (entry = readdir(entries));)
        if (is_model_name(entry->d_name)) {
            free(path);
            path = xasprintf("%s/%s", folder, entry->d_name);
            found++;
        }
    closedir(entries);
    int status = found == 1
                     ? open_file(file, path, folder, NULL)
                     : fail(TW_INPUT, "%s: one two_tower_<run_id>.onnx is expected, found %zu",
                            folder, found);
    free(path);
    return status;
}

int run_id_choose(char id[RUN_ID], const char *wanted) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(wanted);
    if (!strcmp(wanted, "auto")) {
        run_id_now(id);
        return 0;
    }
    if (!len || len >= RUN_ID || wanted[0] == '.' || strspn(wanted, allowed) != len ||
        !strcmp(wanted, "latest"))
        return fail(
            TW_USAGE,
            "--run-id: 1 to 63 letters, digits, '.', '_' or '-' are expected (not \"latest\", "
            "not first a '.'), got '%s'",
            wanted);
    memcpy(id, wanted, len + 1);
    return 0;
}

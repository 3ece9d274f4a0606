/* SPDX-License-Identifier: MIT */
#include "release/fetch.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "base/output.h"
#include "serving/model_file.h"
#include "sign/inventory.h"
#include "sign/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- What was seen before
 * ------------------------------------------------------------------------ */

static int refuse_behind(const publish *p, const json_t *record, uint64_t seen) {
    return fail(TW_CONFLICT,
                "%s: has release %llu, and %llu was fetched before: it is behind; "
                "nothing was changed",
                p->store->url, (unsigned long long)record_sequence(record),
                (unsigned long long)seen);
}

static char *seen_path(const publish *p, const char *root) {
    return xasprintf("%s/release.%s.json", root, p->environment);
}

static int read_seen(const publish *p, const char *root, uint64_t *seen) {
    char *path = seen_path(p, root);
    struct stat about;
    json_t *record = NULL;
    int status = 0;
    if (stat(path, &about) == 0)
        status = json_read(&record, path);
    else if (errno != ENOENT)
        status = fail_errno("read", path);
    *seen = record_sequence(record);
    if (!status && record && !*seen)
        status = fail(TW_INPUT, "%s: is no record of a release; move it away to begin anew", path);
    json_decref(record);
    free(path);
    return status;
}

/* What another fetch wrote meanwhile is not gone back from. */
static int write_seen(const publish *p, const char *root, const json_t *record) {
    uint64_t seen;
    int status = read_seen(p, root, &seen);
    if (!status && record_sequence(record) < seen)
        return refuse_behind(p, record, seen);
    char *path = seen_path(p, root);
    if (!status)
        status = json_write(json_deep_copy(record), path);
    free(path);
    return status;
}

/* ---- The run folder
 * ------------------------------------------------------------------------------- */

static int is_whole(const char *folder, const inventory_file *file) {
    char *path = xasprintf("%s/%s", folder, file->name), hex[SHA256_HEX];
    struct stat about;
    uint64_t size;
    int same = !lstat(path, &about) && S_ISREG(about.st_mode) &&
               (uint64_t)about.st_size == file->size && !sha256_file(path, hex, &size) &&
               !strcmp(hex, file->sha256);
    fail_clear();
    free(path);
    return same;
}

/* What is said about a model, and may change on the machine that trained it: by a later judgement,
 * or by the notes of its release. */
static int is_document(const inventory_file *file) {
    return !strcmp(file->name, "summary.md") || !strcmp(file->name, "metrics.json");
}

/* Does the folder hold the files of the run as they are: all, or all but its documents? */
static int has_files(const char *folder, const json_t *inventory, int documents) {
    for (size_t i = 0; i < inventory_count(inventory); i++) {
        inventory_file file = inventory_at(inventory, i);
        if ((documents || !is_document(&file)) && !is_whole(folder, &file))
            return 0;
    }
    return 1;
}

/* Does the folder hold what was fetched, and no more? */
static int is_fetched(const char *folder, const stored_run *run) {
    char *path = xasprintf("%s/manifest.json", folder), hex[SHA256_HEX];
    uint64_t size;
    int same = !sha256_file(path, hex, &size) && !strcmp(hex, run->sha256);
    fail_clear();
    free(path);
    return same;
}

/* A folder that holds more is one's own, and is not replaced. */
static int may_replace(const char *folder, const stored_run *run) {
    struct stat about;
    if (stat(folder, &about) || is_fetched(folder, run))
        return 0;
    return fail(TW_CONFLICT,
                "%s: is not the run that is released under this id; move it away "
                "and fetch again",
                folder);
}

static int write_inventory(const publish *p, const stored_run *run, const char *folder) {
    char *key = key_to_read(p, run->run_id, "manifest.json");
    char *path = xasprintf("%s/manifest.json", folder);
    int status = storage_fetch(p->store, key, run->size, run->sha256, path);
    free(path);
    free(key);
    return status;
}

static int fetch_files(const publish *p, const stored_run *run, const char *old, const char *folder,
                       fetch_result *result) {
    int status = 0;
    for (size_t i = 0; !status && i < result->files; i++) {
        inventory_file file = inventory_at(run->inventory, i);
        char *key = key_to_read(p, run->run_id, file.name);
        char *from = xasprintf("%s/%s", old, file.name);
        char *to = xasprintf("%s/%s", folder, file.name);
        progress_show("fetching file", i + 1, result->files);
        if (is_whole(old, &file)) {
            status = output_copy(from, to);
        } else {
            status = storage_fetch(p->store, key, file.size, file.sha256, to);
            result->fetched++;
        }
        free(to);
        free(from);
        free(key);
    }
    progress_end();
    return status ? status : write_inventory(p, run, folder);
}

/* The names that do not change from run to run. */
static int link_names(const stored_run *run, const char *folder) {
    static const char *const names[][2] = {{".onnx", "two_tower_latest.onnx"},
                                           {".pt", "two_tower_latest.pt"}};
    inventory_file file;
    int status = 0;
    for (size_t i = 0; !status && i < sizeof names / sizeof *names; i++) {
        char *target = xasprintf("two_tower_%s%s", run->run_id, names[i][0]);
        char *link = xasprintf("%s/%s", folder, names[i][1]);
        if (inventory_find(run->inventory, target, &file))
            status = output_link(target, link);
        free(link);
        free(target);
    }
    char *link = xasprintf("%s/metrics-latest.json", folder);
    if (!status && inventory_find(run->inventory, "metrics.json", &file))
        status = output_link("metrics.json", link);
    free(link);
    return status;
}

/* Size and hash hold; now the model must be one. */
static int check_model(const stored_run *run, const char *folder) {
    model_file model;
    tt_error error;
    int status = model_file_open_run(&model, folder);
    if (status)
        return status;
    if (strcmp(model.version, run->run_id) != 0)
        status = fail(TW_INPUT, "%s: says that it is run '%s'", model.path, model.version);
    else if (tt_model_verify(&model.model, &error) != TT_OK)
        status = fail(TW_INPUT, "%s: byte %zu: %s", model.path, error.offset,
                      tt_status_text(error.status));
    model_file_close(&model);
    return status;
}

static int fetch_folder(const publish *p, const stored_run *run, const char *folder,
                        fetch_result *result) {
    char *temporary = NULL;
    int status = may_replace(folder, run);
    if (!status)
        status = output_folder_begin(folder, &temporary);
    if (!status) {
        status = fetch_files(p, run, folder, temporary, result);
        if (!status)
            status = check_model(run, temporary);
        if (!status)
            status = link_names(run, temporary);
        if (!status)
            status = output_folder_commit(temporary, folder);
        else
            output_folder_abandon(temporary);
    }
    free(temporary);
    return status;
}

/* One's own folder has the released model; what is said about it becomes what was published. */
static int fetch_documents(const publish *p, const stored_run *run, const char *folder,
                           fetch_result *result) {
    int status = 0;
    for (size_t i = 0; !status && i < result->files; i++) {
        inventory_file file = inventory_at(run->inventory, i);
        if (!is_document(&file) || is_whole(folder, &file))
            continue;
        char *key = key_to_read(p, run->run_id, file.name);
        char *to = xasprintf("%s/%s", folder, file.name);
        log_info("%s: becomes the one that was published", to);
        status = storage_fetch(p->store, key, file.size, file.sha256, to);
        result->fetched++;
        free(to);
        free(key);
    }
    return status ? status : manifest_write(folder, NULL);
}

static int fetch_run(const publish *p, const char *root, const char *run_id, const char *hash,
                     fetch_result *result) {
    stored_run run;
    int status = run_read(p, run_id, hash, &run);
    if (status)
        return status;
    status = run_need(&run);
    if (!status) {
        char *folder = xasprintf("%s/runs/%s", root, run.run_id);
        result->run_id = xstrndup(run.run_id, strlen(run.run_id));
        result->files = inventory_count(run.inventory);
        if (has_files(folder, run.inventory, 1))
            status = 0;
        else if (!is_fetched(folder, &run) && has_files(folder, run.inventory, 0))
            status = fetch_documents(p, &run, folder, result);
        else
            status = fetch_folder(p, &run, folder, result);
        free(folder);
    }
    run_free(&run);
    return status;
}

/* ---- The release
 * ----------------------------------------------------------------------------------- */

static int point_here(const publish *p, const char *root, const fetch_result *result) {
    char *target = xasprintf("runs/%s", result->run_id);
    char *link = xasprintf("%s/latest", root);
    int status = result->record ? write_seen(p, root, result->record) : 0;
    if (!status)
        status = output_link(target, link);
    free(link);
    free(target);
    return status;
}

/* What a mirror says that it has; NULL where it is a run folder that is merely served. */
static int read_mirror(const publish *p, uint64_t seen, json_t **record) {
    bytes text = {NULL, 0, 0};
    int found, status = storage_read(p->store, "release.json", INVENTORY_MOST, &text, &found);
    *record = NULL;
    if (!status && found)
        status = record_parse(p, record, &text, "release.json");
    if (!status && record_sequence(*record) < seen)
        status = refuse_behind(p, *record, seen);
    bytes_free(&text);
    return status;
}

static int find_release(const publish *p, const publish_fetch_settings *of, json_t **record) {
    uint64_t seen;
    *record = NULL;
    int status = read_seen(p, of->root, &seen);
    if (!status && !seen)
        log_info("%s: no release of %s was fetched to here before, so an old one that a store "
                 "passes off as the newest would not be noticed",
                 of->root, p->environment);
    if (!status)
        status = p->mirror ? read_mirror(p, seen, record) : log_resolve(p, seen, record);
    if (status || *record || (p->mirror && of->unreleased))
        return status;
    if (p->mirror)
        return fail(TW_INPUT,
                    "%s: has no release.json: it is a run folder that is merely served, which no "
                    "release names; --unreleased takes it",
                    p->store->url);
    return fail(TW_INPUT, "%s: nothing is active in %s; publish activate comes first",
                p->store->url, p->environment);
}

/* The hash that a release gives the inventory of the run; *hash is the caller's. */
static int released_hash(const publish *p, const publish_fetch_settings *of, char **hash) {
    json_t *record;
    int status = find_release(p, of, &record);
    *hash = NULL;
    if (!status && !p->mirror)
        status = log_find(p, record, of->run_id, hash);
    else if (!status && !strcmp(record_current(record, "run_id"), of->run_id))
        *hash = xasprintf("%s", record_current(record, "manifest_sha256"));
    if (!status && !*hash)
        status = fail(TW_INPUT,
                      "run %s was never released in %s, and a key is pinned "
                      "(TWOTOWER_PUBLIC_KEYS); --unreleased takes it",
                      of->run_id, p->environment);
    json_decref(record);
    return status;
}

static int fetch_named(const publish *p, const publish_fetch_settings *of, fetch_result *result) {
    const trust *keys;
    char *hash = NULL;
    int status = trust_pinned(&keys);
    if (!status && keys && !of->unreleased)
        status = released_hash(p, of, &hash);
    if (!status)
        status = fetch_run(p, of->root, of->run_id, hash, result);
    free(hash);
    return status;
}

static int fetch_release(const publish *p, const publish_fetch_settings *of, fetch_result *result) {
    int status = find_release(p, of, &result->record);
    const json_t *record = result->record;
    if (!status)
        status = fetch_run(p, of->root, record ? record_current(record, "run_id") : NULL,
                           record ? record_current(record, "manifest_sha256") : NULL, result);
    if (!status)
        status = point_here(p, of->root, result);
    return status;
}

int publish_fetch_run(const publish_fetch_settings *settings, fetch_result *result) {
    publish p;
    *result = (fetch_result){.run_id = NULL};
    int status = publish_open_reader(&p, &settings->store);
    if (status)
        return status;
    status = publish_ended(settings->run_id ? fetch_named(&p, settings, result)
                                            : fetch_release(&p, settings, result));
    result->storage = xasprintf("%s", p.store->url);
    publish_close(&p);
    return status;
}

void fetch_result_free(fetch_result *result) {
    free(result->storage);
    json_decref(result->record);
    free(result->run_id);
}

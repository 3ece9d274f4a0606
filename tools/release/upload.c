/* SPDX-License-Identifier: MIT */
#include "release/upload.h"

#include "base/fail.h"
#include "base/message.h"
#include "release/run.h"
#include "serving/model_file.h"
#include "sign/inventory.h"
#include "sign/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct uploading {
    const publish *p;
    const char *folder, *summary;
    json_t *inventory;
    bytes text;    /* of the inventory */
    json_t *there; /* name -> size of what the store has */
    upload_result *result;
} uploading;

/* ---- Before anything is sent --------------------------------------------------------------------
 */

/* The files that people and programs use; not the checkpoint, which is several times the model,
 * nor embeddings, which go to the database, nor second names: they are links, and copies of files
 * where an archive was between. */
static int is_wanted(const char *name) {
    static const char *const endings[] = {".onnx", ".pt", ".json", ".jsonl", ".gcs"};
    size_t len = strlen(name);
    if (!strncmp(name, "two_tower_latest.", 17) || !strcmp(name, "metrics-latest.json"))
        return 0;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t end = strlen(endings[i]);
        if (len > end && !strcmp(name + len - end, endings[i]))
            return 1;
    }
    return !strcmp(name, "summary.md");
}

static int need_file(const uploading *u, const char *name, const char *hint) {
    inventory_file file;
    if (inventory_find(u->inventory, name, &file))
        return 0;
    return fail(TW_INPUT, "%s: there is no %s; %s", u->folder, name, hint);
}

static int need_files(const uploading *u) {
    char *onnx = xasprintf("two_tower_%s.onnx", u->result->run_id);
    int status = need_file(u, onnx, "train the run first");
    if (!status)
        status = need_file(u, "metrics.json",
                           "twotower eval writes it: what was not judged is "
                           "not published");
    free(onnx);
    return status;
}

/* What the folder's own manifest.json says of a file must still be true. */
static int check_unchanged(const uploading *u) {
    char *path = xasprintf("%s/manifest.json", u->folder);
    json_t *own = NULL;
    struct stat about;
    int status = stat(path, &about) ? 0 : json_read(&own, path);
    for (size_t i = 0; own && !status && i < inventory_count(u->inventory); i++) {
        inventory_file now = inventory_at(u->inventory, i), then;
        if (strcmp(now.name, "summary.md") != 0 && inventory_find(own, now.name, &then) &&
            then.sha256 && strcmp(now.sha256, then.sha256) != 0)
            status = fail(TW_INPUT,
                          "%s/%s: is not the file that manifest.json beside it names; "
                          "train again, or run twotower manifest %s if the change was "
                          "meant",
                          u->folder, now.name, u->folder);
    }
    json_decref(own);
    free(path);
    return status;
}

/* A model that does not read is not worth sending. */
static int check_model(const uploading *u) {
    model_file model;
    tt_error error;
    int status = model_file_open_run(&model, u->folder);
    if (status)
        return status;
    if (strcmp(model.version, u->result->run_id) != 0)
        status = fail(TW_INPUT, "%s: is the model of run '%s', and model_meta.json is of run '%s'",
                      model.path, model.version, u->result->run_id);
    else if (tt_model_verify(&model.model, &error) != TT_OK)
        status = fail(TW_INPUT, "%s: byte %zu: %s", model.path, error.offset,
                      tt_status_text(error.status));
    model_file_close(&model);
    return status;
}

static int replace_summary(const uploading *u) {
    char hex[SHA256_HEX];
    uint64_t size;
    if (!u->summary)
        return 0;
    int status = sha256_file(u->summary, hex, &size);
    if (status)
        return status;
    json_t *files = json_object_get(u->inventory, "files");
    json_t *own = json_pack("{s:s, s:s, s:I, s:s}", "name", "summary.md", "sha256", hex, "size",
                            (json_int_t)size, "media_type", "text/markdown");
    size_t at = 0;
    while (at < inventory_count(u->inventory) &&
           strcmp(inventory_at(u->inventory, at).name, "summary.md") < 0)
        at++;
    if (at < inventory_count(u->inventory) &&
        !strcmp(inventory_at(u->inventory, at).name, "summary.md"))
        json_array_remove(files, at);
    json_array_insert_new(files, at, own);
    return 0;
}

static int make_inventory(uploading *u) {
    int status = manifest_make(&u->inventory, u->folder, is_wanted);
    if (status)
        return status;
    const char *run_id = inventory_text(u->inventory, "run_id");
    if (!run_id)
        return fail(TW_INPUT, "%s: there is no model_meta.json with a run_id; train the run first",
                    u->folder);
    u->result->run_id = xstrndup(run_id, strlen(run_id));
    status = publish_check_run_id(run_id);
    if (!status)
        status = need_files(u);
    if (!status)
        status = check_unchanged(u);
    if (!status)
        status = check_model(u);
    if (!status)
        status = replace_summary(u);
    if (!status)
        status = signer_sign(u->p->signer, u->inventory);
    if (!status)
        status = document_text(u->inventory, &u->text);
    return status;
}

/* ---- Sending
 * ------------------------------------------------------------------------------------- */

static int take_entry(void *context, const storage_entry *entry) {
    if (!entry->is_folder)
        json_object_set_new(context, entry->name, json_integer((json_int_t)entry->size));
    return 0;
}

static int list_run(uploading *u) {
    char *folder = xasprintf("%s/%s", u->p->prefix, u->result->run_id);
    json_decref(u->there);
    u->there = json_object();
    int status = u->p->store->operations->list(u->p->store, folder, take_entry, u->there);
    free(folder);
    return status;
}

/* Is it there, whole? An object of a run without an inventory that is another one is what a
 * store kept of a broken upload: it is removed. */
static int is_there(uploading *u, const char *key, const inventory_file *file, int *there) {
    const json_t *size = json_object_get(u->there, file->name);
    int status = 0;
    *there = 0;
    if (!size)
        return 0;
    if ((uint64_t)json_integer_value(size) == file->size)
        status = storage_fetch(u->p->store, key, file->size, file->sha256, NULL);
    else
        status = TW_INPUT;
    *there = !status;
    if (status != TW_INPUT)
        return status;
    fail_clear();
    log_info("%s is not whole: it is removed and sent again", key);
    return u->p->store->operations->remove(u->p->store, key);
}

static int send_file(uploading *u, const inventory_file *file) {
    const char *own = u->summary && !strcmp(file->name, "summary.md") ? u->summary : NULL;
    char *key = key_of_run(u->p, u->result->run_id, file->name);
    char *path = own ? xstrndup(own, strlen(own)) : xasprintf("%s/%s", u->folder, file->name);
    const storage_body body = {NULL,      path, file->size, file->media_type, "max-age=31536000",
                               file->name};
    int there, status = is_there(u, key, file, &there);
    if (!status && !there) {
        status = u->p->store->operations->put(u->p->store, key, &body, 1);
        u->result->sent++;
    }
    if (status == TW_CONFLICT) { /* by an earlier try of ours, or by someone else at once */
        fail_clear();
        status = storage_fetch(u->p->store, key, file->size, file->sha256, NULL);
    }
    free(path);
    free(key);
    return status;
}

/* Sizes as the store tells them: a broken upload is found before the inventory vouches for it. */
static int check_sizes(uploading *u) {
    int status = list_run(u);
    for (size_t i = 0; !status && i < inventory_count(u->inventory); i++) {
        inventory_file file = inventory_at(u->inventory, i);
        json_int_t size = json_integer_value(json_object_get(u->there, file.name));
        if ((uint64_t)size != file.size)
            status = fail(TW_NETWORK,
                          "%s/%s/%s: the store kept %lld of %llu bytes; run the "
                          "command again",
                          u->p->prefix, u->result->run_id, file.name, (long long)size,
                          (unsigned long long)file.size);
    }
    return status;
}

static int send_files(uploading *u) {
    int status = list_run(u);
    for (size_t i = 0; !status && i < u->result->files; i++) {
        inventory_file file = inventory_at(u->inventory, i);
        status = send_file(u, &file);
    }
    progress_end();
    return status ? status : check_sizes(u);
}

/* The two inventories name the same run and files; signatures may differ. */
static int is_same(const json_t *one, const json_t *other) {
    return json_equal(json_object_get(one, "run"), json_object_get(other, "run")) &&
           json_equal(json_object_get(one, "files"), json_object_get(other, "files"));
}

static int judge_there(const uploading *u, const stored_run *there) {
    memcpy(u->result->sha256, there->sha256, SHA256_HEX);
    if (is_same(there->inventory, u->inventory))
        return 0;
    return fail(TW_CONFLICT,
                "run %s is in the store with other files, and a run is never changed; "
                "train under another run id",
                u->result->run_id);
}

static int commit(uploading *u) {
    char *key = key_of_run(u->p, u->result->run_id, "manifest.json");
    stored_run there;
    int status = document_create(u->p, key, &u->text), taken = status == TW_CONFLICT;
    if (taken)
        fail_clear();
    if (!status || taken)
        status = run_read(u->p, u->result->run_id, NULL, &there);
    if (!status) {
        status = run_need(&there);
        if (!status)
            status = judge_there(u, &there);
        run_free(&there);
    }
    free(key);
    return status;
}

int upload_run(const publish *p, const char *folder, const char *summary, upload_result *result) {
    uploading u = {p, folder, summary, NULL, {NULL, 0, 0}, NULL, result};
    stored_run there = {0};
    *result = (upload_result){0};
    int status = make_inventory(&u);
    result->files = inventory_count(u.inventory);
    for (size_t i = 0; !status && i < result->files; i++)
        result->bytes += inventory_at(u.inventory, i).size;
    if (!status)
        status = run_read(p, result->run_id, NULL, &there);
    if (!status && there.inventory)
        status = judge_there(&u, &there);
    else if (!status) {
        status = send_files(&u);
        if (!status)
            status = commit(&u);
    }
    run_free(&there);
    json_decref(u.there);
    json_decref(u.inventory);
    bytes_free(&u.text);
    return status;
}

int publish_upload_run(const publish_upload_settings *settings, upload_result *result) {
    publish p;
    *result = (upload_result){.run_id = NULL};
    int status = publish_open(&p, &settings->store);
    if (status)
        return status;
    char *folder = xasprintf("%s%s/%s", settings->root,
                             strcmp(settings->run_id, "latest") ? "/runs" : "", settings->run_id);
    status = publish_ended(upload_run(&p, folder, settings->summary, result));
    result->storage = xasprintf("%s", p.store->url);
    free(folder);
    publish_close(&p);
    return status;
}

void upload_result_free(upload_result *result) {
    free(result->run_id);
    free(result->storage);
    *result = (upload_result){.run_id = NULL};
}

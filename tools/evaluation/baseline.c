/* SPDX-License-Identifier: MIT */
#include "evaluation/baseline.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static int active_folder(char **folder, const char *root) {
    char *path = xasprintf("%s/live/model_meta.json", root), id[RUN_ID];
    json_t *meta = NULL;
    int status = json_read(&meta, path);
    const char *named = json_string_value(json_object_get(meta, "run_id"));
    if (!status && !named)
        status = fail(TW_INPUT, "%s: a field run_id is expected; run twotower embed again", path);
    if (!status)
        status = run_id_choose(id, named);
    if (!status)
        *folder = xasprintf("%s/runs/%s", root, id);
    json_decref(meta);
    free(path);
    return status;
}

int baseline_folder(char **folder, const char *name, const char *root) {
    if (!strcmp(name, "active"))
        return active_folder(folder, root);
    *folder = strchr(name, '/')
                  ? xstrndup(name, strlen(name))
                  : xasprintf("%s%s/%s", root, strcmp(name, "latest") ? "/runs" : "", name);
    return 0;
}

static int rank(tr_ranking *made, const model_file *model, const ranking_task *task) {
    const dataset *data = task->data;
    embedded users, items = {0};
    int status = embedded_users(&users, model, data->users.user, data->users.count,
                                data->items.item, task->threads, 0);
    if (!status)
        status =
            embedded_items(&items, model, data->items.item, data->items.count, task->threads, 0);
    if (!status) {
        tr_ranking_input input = ranking_input(task, &users, &items);
        status = ranking_make(made, &input);
    }
    embedded_free(&users);
    embedded_free(&items);
    return status;
}

static int compare(json_t **made, const model_file *model, const ranking_task *task,
                   const tr_ranking *ours) {
    tr_ranking theirs = {0};
    tr_ranking_input input = ranking_input(task, NULL, NULL);
    int status = rank(&theirs, model, task);
    if (!status)
        status = ranking_changes(made, &theirs, ours, &input);
    tr_ranking_free(&theirs);
    return status;
}

int baseline_json(json_t **made, const char *name, const char *root, const ranking_task *task,
                  const tr_ranking *ours) {
    char *folder = NULL;
    model_file model = {0};
    json_t *changes = NULL;
    *made = json_object();
    json_object_set_new(*made, "baseline", json_string(name));
    int status = baseline_folder(&folder, name, root);
    if (!status)
        status = model_file_open_run(&model, folder);
    if (!status) {
        json_object_set_new(*made, "run_id", json_string(model.version));
        status = compare(&changes, &model, task, ours);
    }
    if (!status)
        json_object_update(*made, changes);
    else if (status == TW_INPUT || status == TW_IO || status == TW_USAGE) {
        warning("--baseline %s: %s", name, fail_text());
        json_object_set_new(*made, "error", json_string(fail_text()));
        fail_clear();
        status = 0;
    }
    json_decref(changes);
    model_file_close(&model);
    free(folder);
    return status;
}

/* SPDX-License-Identifier: MIT */
#include "evaluation/baseline.h"

#include "base/fail.h"
#include "evaluation/unseen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* Both on the validation rows `val` alone. */
static int compare_on(json_t **made, const model_file *model, const ranking_task *task,
                      const judged *ours, const interaction_list *val) {
    const uint32_t users = task->data->users.count;
    dataset data = *task->data;
    ranking_task part = *task;
    tr_ranking ranking = {0};
    data.val = *val;
    part.data = &data;
    interaction_lists(&part.liked, val, users, TT_LIKED);
    interaction_lists(&part.disliked, val, users, TT_DISLIKED);
    tr_ranking_input input = ranking_input(&part, ours->users, ours->items);
    int status = ranking_make(&ranking, &input);
    if (!status)
        status = compare(made, model, &part, &ranking);
    tr_ranking_free(&ranking);
    item_lists_free(&part.liked);
    item_lists_free(&part.disliked);
    return status;
}

static int compare_unseen(json_t **made, const model_file *model, const char *folder,
                          const char *name_of_val, const ranking_task *task, const judged *ours) {
    const interaction_list *all = &task->data->val;
    interaction_list val = {xmalloc((all->count + 1) * sizeof *val.row), all->count, all->count};
    uint64_t removed;
    if (all->count)
        memcpy(val.row, all->row, all->count * sizeof *val.row);
    int status = unseen_keep(&val, &removed, folder, task->data, name_of_val, UNSEEN_FEW);
    if (!status)
        status = removed ? compare_on(made, model, task, ours, &val)
                         : compare(made, model, task, ours->ranking);
    if (!status)
        json_object_set_new(*made, "left_out", json_integer((json_int_t)removed));
    free(val.row);
    return status;
}

/* Before anything passed, or was embedded, no run is meant by latest or active. */
static int is_nobody(const char *name, const char *root) {
    const char *of = !strcmp(name, "latest")   ? "latest"
                     : !strcmp(name, "active") ? "live/model_meta.json"
                                               : NULL;
    char *path = xasprintf("%s/%s", root, of ? of : "");
    struct stat about;
    int nobody = of && lstat(path, &about) && errno == ENOENT;
    free(path);
    return nobody;
}

int baseline_json(json_t **made, const char *name, const char *root, const char *val,
                  const ranking_task *task, const judged *ours) {
    char *folder = NULL;
    model_file model = {0};
    json_t *changes = NULL;
    *made = json_object();
    json_object_set_new(*made, "baseline", json_string(name));
    if (is_nobody(name, root)) {
        json_object_set_new(*made, "none", json_true());
        return 0;
    }
    int status = baseline_folder(&folder, name, root);
    if (!status)
        status = model_file_open_run(&model, folder);
    if (!status) {
        json_object_set_new(*made, "run_id", json_string(model.version));
        status = compare_unseen(&changes, &model, folder, val, task, ours);
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

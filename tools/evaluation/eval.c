/* SPDX-License-Identifier: MIT */
#include "evaluation/eval.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/leak.h"
#include "evaluation/as_decisions.h"
#include "evaluation/baseline.h"
#include "evaluation/cold.h"
#include "evaluation/segments.h"
#include "evaluation/unseen.h"
#include "serving/model_file.h"
#include "training/provenance.h"
#include "training/run_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct evaluation {
    const eval_settings *settings;
    dataset data;
    interaction_list negatives;
    model_file model;
    embedded users, items;
    ranking_task task;
    tr_ranking ranking;
    json_t *document; /* of metrics.json */
    json_t *seconds;  /* by stage */
    double started;
    char *folder;
    int leaks; /* the tables hold validation pairs, and that was allowed */
    int passed;
} evaluation;

/* No file of the default name is no negatives; a named one must be there. */
static int read_negatives(evaluation *e) {
    const eval_settings *asked = e->settings;
    const char *val = asked->tables.val, *slash = strrchr(val, '/');
    char *beside = xasprintf("%.*snegatives_val.parquet", slash ? (int)(slash + 1 - val) : 0, val);
    const char *path = asked->negatives ? asked->negatives : beside;
    struct stat about;
    uint64_t unknown;
    int status = 0;
    if (path != beside || !stat(path, &about))
        status = interaction_read(&e->negatives, path, asked->tables.item_key, &e->data.users.by_id,
                                  &e->data.items, &unknown);
    free(beside);
    return status;
}

/* Without --allow-leak a run is judged on no pair that it was trained on. */
static int judge_unseen(evaluation *e) {
    const eval_settings *asked = e->settings;
    uint64_t removed;
    int status = unseen_keep(&e->data.val, &removed, e->folder, &e->data, asked->tables.val, 0);
    if (status != TW_INPUT || !asked->allow_leak)
        return status;
    warning("%s", fail_text());
    fail_clear();
    e->leaks = 1;
    return 0;
}

/* The seconds since the last stage, or the beginning, are those of `stage`. */
static void stage_done(evaluation *e, const char *stage) {
    double passed = seconds_now() - e->started, before = 0;
    const char *name;
    json_t *one;
    json_object_foreach(e->seconds, name, one) before += json_real_value(one);
    json_object_set_new(e->seconds, stage, json_real(passed - before));
}

static int read_all(evaluation *e) {
    const eval_settings *asked = e->settings;
    e->folder = xasprintf("%s%s/%s", asked->root, strcmp(asked->run_id, "latest") ? "/runs" : "",
                          asked->run_id);
    int status = model_file_open_run(&e->model, e->folder);
    if (!status)
        status = dataset_read(&e->data, &asked->tables);
    if (!status)
        status = leaks_refuse(&e->leaks, &e->data, &asked->tables, asked->allow_leak);
    if (!status)
        status = judge_unseen(e);
    if (!status)
        status = read_negatives(e);
    if (!status)
        ranking_task_make(&e->task, &e->data, &e->negatives, asked->k,
                          asked->threads ? asked->threads : processors());
    stage_done(e, "read");
    return status;
}

static int embed(evaluation *e) {
    const dataset *data = &e->data;
    uint32_t threads = e->task.threads;
    int status = embedded_users(&e->users, &e->model, data->users.user, data->users.count,
                                data->items.item, threads, 0);
    if (!status)
        status =
            embedded_items(&e->items, &e->model, data->items.item, data->items.count, threads, 0);
    stage_done(e, "embed");
    return status;
}

static void set(evaluation *e, const char *name, json_t *value) {
    json_object_set_new(e->document, name, value);
}

static void begin_document(evaluation *e) {
    char now[21];
    instant_format(now, instant_now());
    e->document = json_object();
    set(e, "run_id", json_string(e->model.version));
    set(e, "evaluated_at", json_string(now));
}

/* The model, popularity, and the model's segments. */
static int rank(evaluation *e) {
    tr_ranking popularity = {0};
    json_t *segments = NULL;
    tr_ranking_input by_likes = ranking_input(&e->task, NULL, NULL);
    tr_ranking_input input = ranking_input(&e->task, &e->users, &e->items);
    int status = ranking_make(&e->ranking, &input);
    if (!status)
        status = ranking_make(&popularity, &by_likes);
    if (!status) {
        const tr_ranking *made = &e->ranking;
        set(e, "metrics", ranking_json(made, &input));
        set(e, "intervals", ranking_intervals(made->low, made->high, input.k));
        set(e, "reachable", ranking_reachable(made, &input));
        set(e, "popularity", ranking_json(&popularity, &by_likes));
        set(e, "users", json_integer((json_int_t)made->users));
        status = segments_json(&segments, made, &input, &e->data);
        set(e, "segments", segments);
    }
    tr_ranking_free(&popularity);
    stage_done(e, "rank");
    return status;
}

/* What is asked for beside the model's own metrics. */
static int compare(evaluation *e) {
    const eval_settings *asked = e->settings;
    const gate_settings *gate = &asked->gate;
    json_t *cold = NULL, *decisions = NULL, *diff = NULL;
    int status = 0;
    if (gate->cold)
        status = cold_json(&cold, &asked->tables, &e->task, &e->users, &e->items);
    if (!status && asked->as_decisions)
        status = as_decisions_json(&decisions, &e->model, &e->task, &e->items, &e->ranking);
    if (!status && gate->baseline)
        status = baseline_json(&diff, gate->baseline, asked->root, asked->tables.val, &e->task,
                               &(judged){&e->users, &e->items, &e->ranking});
    if (cold)
        set(e, "cold", cold);
    if (decisions)
        set(e, "as_decisions", decisions);
    set(e, "baseline_diff", diff ? diff : json_null());
    stage_done(e, "compare");
    return status;
}

static void judge(evaluation *e) {
    const eval_settings *asked = e->settings;
    set(e, "validation_set", json_string(asked->tables.val));
    set(e, "notes", json_string(asked->notes ? asked->notes : ""));
    set(e, "leaks", json_boolean(e->leaks));
    set(e, "gate", gate_judge(&asked->gate, e->document, e->task.k, &e->passed));
    set(e, "threshold_passed", json_boolean(e->passed));
    json_object_set_new(e->seconds, "total", json_real(seconds_now() - e->started));
    set(e, "seconds", json_incref(e->seconds));
}

static int write_all(evaluation *e, eval_result *result) {
    const eval_settings *asked = e->settings;
    int own;
    int status = provenance_is_of(&own, e->folder, &asked->tables);
    if (status)
        return status;
    *result = (eval_result){
        .path = own ? xasprintf("%s/metrics.json", e->folder)
                    : xasprintf("%s/evaluations/%s.json", asked->root, e->model.version),
        .metrics = json_incref(e->document),
        .users = e->ranking.users,
        .k = e->task.k,
        .passed = e->passed};
    memcpy(result->run_id, e->model.version, sizeof result->run_id);
    status = json_write(json_incref(e->document), result->path);
    if (own)
        return status ? status : run_describe(e->folder);
    warning("run %s was trained on other tables than these: the figures are in %s, and its own "
            "metrics.json stays as it is",
            e->model.version, result->path);
    return status;
}

static int evaluate(evaluation *e, eval_result *result) {
    int status = read_all(e);
    if (!status)
        status = embed(e);
    if (!status) {
        begin_document(e);
        status = rank(e);
    }
    if (!status)
        status = compare(e);
    if (status)
        return status;
    judge(e);
    return write_all(e, result);
}

eval_settings eval_settings_default(void) {
    return (eval_settings){
        .root = "ml/artifacts", .run_id = "latest", .k = 20, .gate = gate_settings_default()};
}

int eval_run(const eval_settings *settings, eval_result *result) {
    evaluation e = {.settings = settings, .seconds = json_object(), .started = seconds_now()};
    *result = (eval_result){0};
    int status = evaluate(&e, result);
    json_decref(e.document);
    json_decref(e.seconds);
    tr_ranking_free(&e.ranking);
    ranking_task_free(&e.task);
    embedded_free(&e.users);
    embedded_free(&e.items);
    model_file_close(&e.model);
    free(e.negatives.row);
    dataset_free(&e.data);
    free(e.folder);
    return status;
}

void eval_result_free(eval_result *result) {
    json_decref(result->metrics);
    free(result->path);
    *result = (eval_result){0};
}

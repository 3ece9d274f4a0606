/* SPDX-License-Identifier: MIT */
/* eval: ranking metrics of a run on validation interactions, and the gate. */
#include "base/fail.h"
#include "base/message.h"
#include "evaluation/as_decisions.h"
#include "evaluation/baseline.h"
#include "evaluation/cold.h"
#include "evaluation/gate.h"
#include "evaluation/segments.h"
#include "evaluation/table.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "training/run_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const option options[] = {
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    {"run-id", OPTION_TEXT, "ID", "latest", NULL, NULL, "the run to judge"},
    DATASET_OPTIONS,
    {"negatives", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "unobserved videos for the AUC; default: negatives_val.parquet beside --val"},
    {"recall-k", OPTION_COUNT, "K", "20", NULL, NULL, "length of the lists that are judged"},
    {"min", OPTION_LIST, "NAME=VALUE", NULL, NULL, NULL,
     "gate: a metric must reach a value, also cold.NAME and as_decisions.NAME; repeatable"},
    {"min-over-popularity", OPTION_NUMBER, "X", "1.3", NULL, NULL,
     "gate: recall must be X times popularity's; 0: none"},
    {"baseline", OPTION_TEXT, "RUN", NULL, NULL, NULL,
     "gate: compare with a run id, a folder, or active: the run embedded last"},
    {"max-drop", OPTION_NUMBER, "X", "0.05", NULL, NULL,
     "gate: recall, map and a user's AUC may drop by this part of the baseline's"},
    {"cold", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "judge the videos that prep held out (--cold-ratio, --cold) too"},
    {"as-decisions", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "judge the users without stars too, as live decisions have them"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"notes", OPTION_TEXT, "TEXT", "", NULL, NULL, "kept in metrics.json"},
    {0},
};

typedef struct evaluation {
    const arguments *arguments;
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
    int passed;
} evaluation;

static int check(const arguments *a) {
    if (option_count(a, "recall-k") < 1 || option_count(a, "recall-k") > 10000)
        return fail(TW_USAGE, "--recall-k takes 1 to 10000");
    if (option_count(a, "threads") > 1024)
        return fail(TW_USAGE, "--threads takes at most 1024");
    return gate_check_options(a);
}

/* No file of the default name is no negatives; a named one must be there. */
static int read_negatives(evaluation *e) {
    const arguments *a = e->arguments;
    const char *val = option_text(a, "val"), *slash = strrchr(val, '/');
    char *beside =
        need_format("%.*snegatives_val.parquet", slash ? (int)(slash + 1 - val) : 0, val);
    const char *path = option_given(a, "negatives") ? option_text(a, "negatives") : beside;
    struct stat about;
    uint64_t unknown;
    int status = 0;
    if (path != beside || !stat(path, &about))
        status = interaction_read(&e->negatives, path, option_text(a, "item-key"),
                                  &e->data.users.by_id, &e->data.items, &unknown);
    free(beside);
    return status;
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
    const arguments *a = e->arguments;
    uint64_t threads = option_count(a, "threads");
    const char *id = option_text(a, "run-id");
    const dataset_paths paths = options_dataset(a);
    e->folder = need_format("%s%s/%s", option_text(a, "artifacts-root"),
                            strcmp(id, "latest") ? "/runs" : "", id);
    int status = model_file_open_run(&e->model, e->folder);
    if (!status)
        status = dataset_read(&e->data, &paths);
    if (!status)
        status = read_negatives(e);
    if (!status)
        ranking_task_make(&e->task, &e->data, &e->negatives, (uint32_t)option_count(a, "recall-k"),
                          threads ? (uint32_t)threads : processors());
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
    const arguments *a = e->arguments;
    json_t *cold = NULL, *decisions = NULL, *diff = NULL;
    int status = 0;
    if (option_flag(a, "cold"))
        status = cold_json(&cold, a, &e->task, &e->users, &e->items);
    if (!status && option_flag(a, "as-decisions"))
        status = as_decisions_json(&decisions, &e->model, &e->task, &e->items, &e->ranking);
    if (!status && option_given(a, "baseline"))
        status = baseline_json(&diff, a, &e->task, &e->ranking);
    if (cold)
        set(e, "cold", cold);
    if (decisions)
        set(e, "as_decisions", decisions);
    set(e, "baseline_diff", diff ? diff : json_null());
    stage_done(e, "compare");
    return status;
}

static void judge(evaluation *e) {
    const arguments *a = e->arguments;
    set(e, "validation_set", json_string(option_text(a, "val")));
    set(e, "notes", json_string(option_text(a, "notes")));
    set(e, "gate", gate_judge(a, e->document, e->task.k, &e->passed));
    set(e, "threshold_passed", json_boolean(e->passed));
    json_object_set_new(e->seconds, "total", json_real(seconds_now() - e->started));
    set(e, "seconds", json_incref(e->seconds));
}

static int write_and_report(evaluation *e) {
    char *path = need_format("%s/metrics.json", e->folder);
    int status = json_write(json_incref(e->document), path);
    if (!status)
        status = run_describe(e->folder);
    if (!status && !result_given(json_incref(e->document))) {
        table_print(e->document, e->task.k);
        result_line("%u users with validation likes; %s", e->ranking.users, path);
    }
    if (!status)
        status = result_flush();
    free(path);
    if (!status && !e->passed)
        status = fail(TW_NEGATIVE, "the gate is not met: nothing may be released from run %s",
                      e->model.version);
    return status;
}

static int run(const arguments *a) {
    evaluation e = {.arguments = a, .seconds = json_object(), .started = seconds_now()};
    int status = check(a);
    if (!status)
        status = read_all(&e);
    if (!status)
        status = embed(&e);
    if (!status) {
        begin_document(&e);
        status = rank(&e);
    }
    if (!status)
        status = compare(&e);
    if (!status) {
        judge(&e);
        status = write_and_report(&e);
    }
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

const command command_eval = {
    "eval",  "ranking metrics of a run on validation interactions, and the gate",
    NULL,    "twotower eval --run-id latest --min recall@20=0.3 --baseline active --max-drop 0.05",
    options, run,
};

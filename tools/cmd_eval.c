/* SPDX-License-Identifier: MIT */
/* eval: ranking metrics of a run on validation interactions, and the gate. */
#include "cli/fail.h"
#include "cli/message.h"
#include "commands.h"
#include "eval/gate.h"
#include "eval/ranking.h"
#include "model/run_files.h"

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
     "gate: a metric must reach a value; repeatable"},
    {"min-over-popularity", OPTION_NUMBER, "X", "1.3", NULL, NULL,
     "gate: recall must be X times popularity's; 0: none"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"notes", OPTION_TEXT, "TEXT", "", NULL, NULL, "kept in metrics.json"},
    {0},
};

typedef struct evaluation {
    const arguments *arguments;
    dataset data;
    interaction_list negatives;
    model_file model;
    ranking ranks;
    json_t *document;
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

static int measure(evaluation *e) {
    const arguments *a = e->arguments;
    uint64_t threads = option_count(a, "threads");
    const char *id = option_text(a, "run-id");
    e->folder = need_format("%s%s/%s", option_text(a, "artifacts-root"),
                            strcmp(id, "latest") ? "/runs" : "", id);
    int status = model_file_open_run(&e->model, e->folder);
    if (!status)
        status = dataset_read(&e->data, a);
    if (!status)
        status = read_negatives(e);
    ranking_options how = {.k = (uint32_t)option_count(a, "recall-k"),
                           .threads = threads ? (uint32_t)threads : processors(),
                           .negatives = &e->negatives};
    if (!status)
        status = ranking_make(&e->ranks, &e->model, &e->data, &how);
    return status;
}

static void judge(evaluation *e) {
    const arguments *a = e->arguments;
    char now[21];
    instant_format(now, instant_now());
    json_t *metrics = ranking_json(&e->ranks, &e->ranks.model);
    json_t *popularity = ranking_json(&e->ranks, &e->ranks.popularity);
    json_t *gate = gate_judge(a, metrics, popularity, e->ranks.k, &e->passed);
    e->document = json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:s, s:s, s:n, s:o, s:b}", "run_id",
                            e->model.version, "evaluated_at", now, "metrics", metrics, "intervals",
                            ranking_intervals(&e->ranks, &e->ranks.model), "popularity", popularity,
                            "users", (json_int_t)e->ranks.model.users, "validation_set",
                            option_text(a, "val"), "notes", option_text(a, "notes"),
                            "baseline_diff", "gate", gate, "threshold_passed", e->passed);
}

static void print_table(const evaluation *e) {
    static const char *const shown[] = {"recall", "recall_capped", "map", "ndcg", "coverage"};
    const json_t *metrics = json_object_get(e->document, "metrics");
    const json_t *popularity = json_object_get(e->document, "popularity");
    const json_t *intervals = json_object_get(e->document, "intervals");
    result_line("%-18s %8s   %-18s %10s", "", "model", "95 % interval", "popularity");
    for (size_t i = 0; i <= sizeof shown / sizeof *shown; i++) {
        int auc = i == sizeof shown / sizeof *shown;
        char *name = auc ? need_copy("auc", 3) : need_format("%s@%u", shown[i], e->ranks.k);
        const json_t *interval = json_object_get(intervals, name);
        char range[32] = "";
        if (interval)
            snprintf(range, sizeof range, "%.4f to %.4f",
                     json_number_value(json_array_get(interval, 0)),
                     json_number_value(json_array_get(interval, 1)));
        result_line("%-18s %8.4f   %-18s %10.4f", name,
                    json_number_value(json_object_get(metrics, name)), range,
                    json_number_value(json_object_get(popularity, name)));
        free(name);
    }
    size_t at;
    json_t *one;
    json_array_foreach(json_object_get(e->document, "gate"), at, one) result_line(
        "gate: %s: %s (%.4f, wanted %.4f)", json_string_value(json_object_get(one, "condition")),
        json_is_true(json_object_get(one, "passed")) ? "met" : "NOT MET",
        json_number_value(json_object_get(one, "value")),
        json_number_value(json_object_get(one, "wanted")));
    result_line("%u users with validation likes; %s/metrics.json", e->ranks.model.users, e->folder);
}

static int write_and_report(evaluation *e) {
    char *path = need_format("%s/metrics.json", e->folder);
    int status = json_write(json_incref(e->document), path);
    free(path);
    if (!status)
        status = run_describe(e->folder);
    if (status)
        return status;
    if (json_wanted())
        status = result_json(json_incref(e->document));
    else {
        print_table(e);
        status = result_flush();
    }
    if (!status && !e->passed)
        status = fail(TW_NEGATIVE, "the gate is not met: nothing may be released from run %s",
                      e->model.version);
    return status;
}

static int run(const arguments *a) {
    evaluation e = {.arguments = a};
    int status = check(a);
    if (!status)
        status = measure(&e);
    if (!status) {
        judge(&e);
        status = write_and_report(&e);
    }
    json_decref(e.document);
    ranking_free(&e.ranks);
    model_file_close(&e.model);
    free(e.negatives.row);
    dataset_free(&e.data);
    free(e.folder);
    return status;
}

const command command_eval = {
    "eval",  "ranking metrics of a run on validation interactions, and the gate",
    NULL,    "twotower eval --run-id latest --recall-k 20 --min recall@20=0.3",
    options, run,
};

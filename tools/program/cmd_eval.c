/* SPDX-License-Identifier: MIT */
/* eval: ranking metrics of a run on validation interactions, and the gate. */
#include "base/fail.h"
#include "base/message.h"
#include "evaluation/table.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "program/options_eval.h"
#include "program/steps.h"

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
    {"allow-leak", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "an experiment: go on where the tables of train hold validation pairs; the gate then cannot "
     "be judged"},
    {"as-decisions", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "judge the users without stars too, as live decisions have them"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"notes", OPTION_TEXT, "TEXT", "", NULL, NULL, "kept in metrics.json"},
    {0},
};

void eval_print(const eval_result *of) {
    table_print(of->metrics, of->k);
    result_line("%u users with validation likes; %s", of->users, of->path);
}

int eval_refuse(const eval_result *of) {
    const json_t *unjudged = gate_unjudged(json_object_get(of->metrics, "gate"));
    if (unjudged)
        return fail(TW_NEGATIVE,
                    "the gate cannot be judged: %s: %s; nothing may be released from run %s",
                    json_string_value(json_object_get(unjudged, "condition")),
                    json_string_value(json_object_get(unjudged, "why")), of->run_id);
    return of->passed
               ? 0
               : fail(TW_NEGATIVE, "the gate is not met: nothing may be released from run %s",
                      of->run_id);
}

static int run(const arguments *a) {
    eval_settings settings;
    eval_result result = {0};
    int status = options_eval(&settings, a);
    if (!status)
        status = eval_run(&settings, &result);
    if (!status && !result_given(json_incref(result.metrics)))
        eval_print(&result);
    if (!status)
        status = result_flush();
    if (!status)
        status = eval_refuse(&result);
    eval_result_free(&result);
    return status;
}

const command command_eval = {
    "eval",  "ranking metrics of a run on validation interactions, and the gate",
    NULL,    "twotower eval --run-id latest --min recall@20=0.3 --baseline active --max-drop 0.05",
    options, run,
};

/* SPDX-License-Identifier: MIT */
/* publish fetch: the current run into the artifacts folder. */
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "program/steps.h"

static const option options[] = {
    {"run-id", OPTION_TEXT, "ID", NULL, NULL, NULL,
     "fetch this run and leave latest as it is; default: the current run"},
    {"unreleased", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "also what no release names: a run folder that is served, or with a pinned key a run by its "
     "id"},
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

json_t *fetch_json(const publish_fetch_settings *asked, const fetch_result *of) {
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "run_id", of->run_id, "storage", of->storage,
                     "environment", asked->store.environment, "sequence",
                     (json_int_t)record_sequence(of->record), "files", (json_int_t)of->files,
                     "fetched", (json_int_t)of->fetched);
}

static int run(const arguments *a) {
    const publish_fetch_settings settings = options_publish_fetch(a);
    fetch_result result;
    int status = publish_fetch_run(&settings, &result);
    if (!status && !result_given(fetch_json(&settings, &result)))
        result_line("run %s is here: %zu files, %zu of them fetched now", result.run_id,
                    result.files, result.fetched);
    if (!status)
        status = result_flush();
    fetch_result_free(&result);
    return status;
}

const command command_publish_fetch = {
    "publish fetch",
    "the current run, verified, into the artifacts folder",
    NULL,
    "twotower publish fetch --env-file docker/env/prd.env",
    options,
    run,
};

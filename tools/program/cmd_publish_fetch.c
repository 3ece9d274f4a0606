/* SPDX-License-Identifier: MIT */
/* publish fetch: the current run into the artifacts folder. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/fetch.h"

static const option options[] = {
    {"run-id", OPTION_TEXT, "ID", NULL, NULL, NULL,
     "fetch this run and leave latest as it is; default: the current run"},
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

static int report(const publish *p, const fetch_result *done) {
    if (result_given(json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "run_id", done->run_id, "storage",
                               p->store->url, "environment", p->environment, "sequence",
                               (json_int_t)record_sequence(done->record), "files",
                               (json_int_t)done->files, "fetched", (json_int_t)done->fetched)))
        return result_flush();
    result_line("run %s is here: %zu files, %zu of them fetched now", done->run_id, done->files,
                done->fetched);
    return result_flush();
}

static int run(const arguments *a) {
    publish p;
    fetch_result done = {0};
    const char *run_id = option_text(a, "run-id");
    const publish_settings settings = options_publish(a);
    int status = publish_open_reader(&p, &settings);
    if (status)
        return status;
    status = publish_ended(fetch_release(&p, option_text(a, "artifacts-root"), run_id, &done));
    if (!status)
        status = report(&p, &done);
    fetch_result_free(&done);
    publish_close(&p);
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

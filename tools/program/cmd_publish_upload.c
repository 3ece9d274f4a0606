/* SPDX-License-Identifier: MIT */
/* publish upload: a run folder into the artifact store. */
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "program/steps.h"

static const option options[] = {
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    {"run-id", OPTION_TEXT, "ID", "latest", NULL, NULL, "the run to upload"},
    {"summary", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "summary.md of your own; default: the one that train and eval wrote"},
    STORAGE_OPTIONS,
    {0},
};

json_t *upload_json(const upload_result *of) {
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "run_id", of->run_id, "storage", of->storage,
                     "files", (json_int_t)of->files, "sent", (json_int_t)of->sent, "bytes",
                     (json_int_t)of->bytes, "manifest_sha256", of->sha256);
}

void upload_print(const upload_result *of) {
    result_line("run %s is in %s: %zu files, %.1f MB, %zu of them sent now", of->run_id,
                of->storage, of->files, (double)of->bytes / 1e6, of->sent);
}

static int run(const arguments *a) {
    const publish_upload_settings settings = options_publish_upload(a);
    upload_result result;
    int status = publish_upload_run(&settings, &result);
    if (!status && !result_given(upload_json(&result)))
        upload_print(&result);
    if (!status)
        status = result_flush();
    upload_result_free(&result);
    return status;
}

const command command_publish_upload = {
    "publish upload",
    "a run folder into the artifact store; nobody uses it before it is activated",
    NULL,
    "twotower publish upload --env-file docker/env/prd.env",
    options,
    run,
};

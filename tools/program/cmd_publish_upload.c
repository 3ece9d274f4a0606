/* SPDX-License-Identifier: MIT */
/* publish upload: a run folder into the artifact store. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/upload.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    {"run-id", OPTION_TEXT, "ID", "latest", NULL, NULL, "the run to upload"},
    {"summary", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "summary.md of your own; default: the one that train and eval wrote"},
    STORAGE_OPTIONS,
    {0},
};

static int report(const publish *p, const upload_result *done) {
    if (result_given(json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "run_id", done->run_id, "storage",
                               p->store->url, "files", (json_int_t)done->files, "sent",
                               (json_int_t)done->sent, "bytes", (json_int_t)done->bytes,
                               "manifest_sha256", done->sha256)))
        return result_flush();
    result_line("run %s is in %s: %zu files, %.1f MB, %zu of them sent now", done->run_id,
                p->store->url, done->files, (double)done->bytes / 1e6, done->sent);
    return result_flush();
}

static int run(const arguments *a) {
    publish p;
    upload_result done = {0};
    const char *id = option_text(a, "run-id");
    char *folder = need_format("%s%s/%s", option_text(a, "artifacts-root"),
                               strcmp(id, "latest") ? "/runs" : "", id);
    int status = options_publish_open(&p, a);
    if (!status) {
        status = publish_ended(upload_run(&p, folder, option_text(a, "summary"), &done));
        if (!status)
            status = report(&p, &done);
        publish_close(&p);
    }
    free(done.run_id);
    free(folder);
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

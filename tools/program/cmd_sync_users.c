/* SPDX-License-Identifier: MIT */
/* sync users: the users of the last hours again, by the running model. */
#include "base/fail.h"
#include "program/commands.h"
#include "program/options_live.h"
#include "program/sync.h"

#include <stdlib.h>

static const option own_options[] = {SYNC_OPTIONS, {0}};

enum { EMBED, FETCH, STEPS };
const job_step sync_users_steps[] = {
    [EMBED] = {&command_embed_users, "output-dir"},
    [FETCH] = {&command_publish_fetch, "run-id"},
    [STEPS] = {NULL, NULL},
};

static option options[JOB_OPTIONS];

void sync_users_options(void) {
    job_options(options, own_options, sync_users_steps);
}

static int embed(nightly *of, embed_users_settings *settings) {
    char *folder = xasprintf("%s/live", option_text(of->given, "artifacts-root"));
    embed_users_result result;
    settings->live.run = of->model;
    settings->output_dir = folder;
    job_step_begin(&of->job, &command_embed_users);
    int status = embed_users_run(settings, &result);
    const sync_embedded done = {result.embedded, result.upserted, result.summary};
    status = sync_embedded_end(of, status, &done);
    embed_users_result_free(&result);
    free(folder);
    return status;
}

static int run(const arguments *a) {
    arguments *given = arguments_of_step(a, &sync_users_steps[EMBED]);
    embed_users_settings settings;
    nightly of;
    int status = options_embed_users(&settings, given);
    if (!status) {
        status = sync_begin(&of, &command_sync_users, a, NULL);
        if (!status)
            status = sync_fetch(&of, &sync_users_steps[FETCH]);
        if (!status)
            status = embed(&of, &settings);
        status = sync_end(&of, status, "users");
    }
    arguments_free(given);
    return status;
}

const command command_sync_users = {
    "sync users", "fetch the running model, embed the users of the last hours, upsert",
    NULL,         "twotower sync users --env-file docker/env/prd.env --recent-hours 24",
    options,      run,
};

/* SPDX-License-Identifier: MIT */
/* sync users: the users of the last hours again, by the running model. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/sync.h"

#include <stdlib.h>

static const option options[] = {
    SYNC_OPTIONS,
    {"recent-hours", OPTION_COUNT, "H", "0", NULL, NULL,
     "only users with a like or dislike in the last H hours; 0: all"},
    {"min-interactions", OPTION_COUNT, "N", "20", NULL, NULL, "only users with at least N likes"},
    {0},
};

static int embed(nightly *of) {
    char *live = need_format("%s/live", option_text(of->job.arguments, "artifacts-root"));
    step *one = sync_embed(of, &command_embed_users, live);
    step_pass(one, &of->job, "recent-hours min-interactions");
    step_pass_rest(one, &of->job);
    free(live);
    return sync_run(of);
}

static int run(const arguments *a) {
    static const command *const steps[] = {&command_embed_users, NULL};
    nightly of;
    int status = job_check_rest(a, steps);
    if (status)
        return status;
    status = sync_begin(&of, &command_sync_users, a, NULL);
    if (!status)
        status = sync_fetch(&of);
    if (!status)
        status = embed(&of);
    return sync_end(&of, status, &command_embed_users, "users");
}

const command command_sync_users = {
    "sync users",
    "fetch the running model, embed the users of the last hours, upsert",
    "[-- OPTIONS OF embed users]",
    "twotower sync users --env-file docker/env/prd.env --recent-hours 24",
    options,
    run,
};

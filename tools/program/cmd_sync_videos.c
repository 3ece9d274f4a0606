/* SPDX-License-Identifier: MIT */
/* sync videos: the nightly job: fetch, ingest, embed, upsert. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "program/options_ingest.h"
#include "program/sync.h"
#include "serving/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option options[] = {
    SYNC_OPTIONS,
    {"env-file", OPTION_TEXT, "FILE", NULL, "SYNC_VIDEO_ENV_FILE", NULL,
     "read variables (NAME=VALUE lines) that the environment does not set"},
    {"mode", OPTION_CHOICE, "MODE", "full", NULL, "full|embeddings",
     "embeddings: neither fetch nor ingest, embed what is here"},
    {"skip-ingest", OPTION_FLAG, NULL, NULL, NULL, NULL, "embed the videos that the store has"},
    INGEST_OPTIONS,
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "of this sync; auto: the time, UTC"},
    {0},
};

static int is_embeddings_only(const arguments *a) {
    return !strcmp(option_text(a, "mode"), "embeddings");
}

static int ingest(nightly *of) {
    const arguments *a = of->job.arguments;
    if (option_flag(a, "skip-ingest") || is_embeddings_only(a))
        return 0;
    step *one = job_step(&of->job, &command_ingest);
    step_pass(one, &of->job,
              "env-file db-url lookback-days gte-release-date lte-release-date site service floor "
              "api-url interval as-of dry-run");
    step_pass_rest(one, &of->job);
    return sync_run(of);
}

static int embed(nightly *of, const char *folder) {
    step *one = sync_embed(of, &command_embed_videos, folder);
    step_add(one, "run-id", of->job.run_id);
    step_pass_rest(one, &of->job);
    return sync_run(of);
}

static int run_steps(nightly *of, const char *folder) {
    int status = is_embeddings_only(of->job.arguments) ? 0 : sync_fetch(of);
    if (!status)
        status = ingest(of);
    return status ? status : embed(of, folder);
}

/* What embed videos wrote below `temporary` goes to its place, with the summary of the whole. */
static int put_in_place(nightly *of, const char *temporary, const char *live) {
    char *made = need_format("%s/video_embedding_syncs/%s", temporary, of->job.run_id);
    char *folder = need_format("%s/video_embedding_syncs/%s", live, of->job.run_id);
    char *path = need_format("%s/summary.json", made);
    int status = json_write(json_incref((json_t *)sync_summary(of, &command_embed_videos)), path);
    if (!status)
        status = output_folder_commit(made, folder);
    free(path);
    free(folder);
    free(made);
    return status;
}

/* The folder of a sync that was killed is cleared by the next: its temporary name is not its own.
 */
static int run_into_folder(nightly *of) {
    char *live = need_format("%s/live", option_text(of->job.arguments, "artifacts-root"));
    char *next = need_format("%s/video_embedding_syncs/next", live), *temporary = NULL;
    int status = output_folder_begin(next, &temporary);
    if (!status)
        status = run_steps(of, temporary);
    if (!status)
        status = put_in_place(of, temporary, live);
    output_folder_abandon(temporary);
    free(temporary);
    free(next);
    free(live);
    return status;
}

/* Two syncs may begin in one second: the folder of the first is not replaced. */
static void step_aside(char run_id[RUN_ID], const arguments *a) {
    const char *root = option_text(a, "artifacts-root");
    char first[RUN_ID];
    memcpy(first, run_id, RUN_ID);
    for (int i = 2, taken = option_typed(a, "run-id") ? 0 : 1; taken; i++) {
        char *folder = need_format("%s/live/video_embedding_syncs/%s", root, run_id);
        taken = access(folder, F_OK) == 0;
        if (taken)
            snprintf(run_id, RUN_ID, "%.40s-%d", first, i);
        free(folder);
    }
}

static int run(const arguments *a) {
    static const command *const steps[] = {&command_embed_videos, &command_ingest, NULL};
    char run_id[RUN_ID];
    nightly of;
    int status = run_id_choose(run_id, option_text(a, "run-id"));
    if (!status)
        status = job_check_rest(a, steps);
    if (status)
        return status;
    status = sync_begin(&of, &command_sync_videos, a, run_id);
    if (!status)
        step_aside(run_id, a);
    if (!status)
        status = option_flag(a, "dry-run") ? run_steps(&of, "") : run_into_folder(&of);
    return sync_end(&of, status, &command_embed_videos, "videos");
}

const command command_sync_videos = {
    "sync videos",
    "the nightly job: fetch the running model, ingest, embed what is new or changed, upsert",
    "[-- OPTIONS OF embed videos AND ingest]",
    "twotower sync videos --env-file docker/env/prd.env --lookback-days 1 -- --include-existing",
    options,
    run,
};

/* SPDX-License-Identifier: MIT */
/* sync videos: the nightly job: fetch, ingest, embed, upsert. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "program/options_ingest.h"
#include "program/options_live.h"
#include "program/steps.h"
#include "program/sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option own_options[] = {
    SYNC_OPTIONS,
    {"env-file", OPTION_TEXT, "FILE", NULL, "SYNC_VIDEO_ENV_FILE", NULL,
     "read variables (NAME=VALUE lines) that the environment does not set"},
    {"mode", OPTION_CHOICE, "MODE", "full", NULL, "full|embeddings",
     "embeddings: neither fetch nor ingest, embed what is here"},
    {"skip-ingest", OPTION_FLAG, NULL, NULL, NULL, NULL, "embed the videos that the store has"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "of this sync; auto: the time, UTC"},
    {0},
};

enum { EMBED, INGEST, FETCH, STEPS };
const job_step sync_videos_steps[] = {
    [EMBED] = {&command_embed_videos, "output-dir"},
    [INGEST] = {&command_ingest, ""},
    [FETCH] = {&command_publish_fetch, "run-id"},
    [STEPS] = {NULL, NULL},
};

static option options[JOB_OPTIONS];

void sync_videos_options(void) {
    job_options(options, own_options, sync_videos_steps);
}

static int is_embeddings_only(const arguments *a) {
    return !strcmp(option_text(a, "mode"), "embeddings");
}

static int ingest(nightly *of) {
    arguments *given = arguments_of_step(of->given, &sync_videos_steps[INGEST]);
    const ingest_settings settings = options_ingest(given);
    json_t *document = NULL;
    job_step_begin(&of->job, &command_ingest);
    int status = ingest_step(given, &settings, &of->ingested);
    of->has_ingested = !status;
    if (!status)
        document = ingest_summary(&of->ingested, settings.dry);
    arguments_free(given);
    return sync_step_end(of, status, document);
}

static int embed(nightly *of, const char *folder) {
    arguments *given = arguments_of_step(of->given, &sync_videos_steps[EMBED]);
    embed_videos_settings settings = options_embed_videos(given);
    embed_videos_result result;
    settings.live.run = of->model;
    settings.output_dir = folder;
    settings.run_id = of->job.run_id;
    job_step_begin(&of->job, &command_embed_videos);
    int status = embed_videos_run(&settings, &result);
    const sync_embedded done = {result.embedded, result.upserted, result.summary};
    status = sync_embedded_end(of, status, &done);
    embed_videos_result_free(&result);
    arguments_free(given);
    return status;
}

static int work(nightly *of, const char *folder) {
    const int only = is_embeddings_only(of->given);
    int status = only ? 0 : sync_fetch(of, &sync_videos_steps[FETCH]);
    if (!status && !only && !option_flag(of->given, "skip-ingest"))
        status = ingest(of);
    return status ? status : embed(of, folder);
}

/* What embed videos wrote below `temporary` goes to its place, with the summary of the whole. */
static int put_in_place(nightly *of, const char *temporary, const char *root) {
    char *made = xasprintf("%s/video_embedding_syncs/%s", temporary, of->job.run_id);
    char *folder = xasprintf("%s/video_embedding_syncs/%s", root, of->job.run_id);
    char *path = xasprintf("%s/summary.json", made);
    int status = json_write(json_incref(of->summary), path);
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
    char *root = xasprintf("%s/live", option_text(of->given, "artifacts-root"));
    char *next = xasprintf("%s/video_embedding_syncs/next", root), *temporary = NULL;
    int status = output_folder_begin(next, &temporary);
    if (!status)
        status = work(of, temporary);
    if (!status)
        status = put_in_place(of, temporary, root);
    output_folder_abandon(temporary);
    free(temporary);
    free(next);
    free(root);
    return status;
}

/* Two syncs may begin in one second: the folder of the first is not replaced. */
static void step_aside(char run_id[RUN_ID], const arguments *a) {
    const char *root = option_text(a, "artifacts-root");
    char first[RUN_ID];
    memcpy(first, run_id, RUN_ID);
    for (int i = 2, taken = option_typed(a, "run-id") ? 0 : 1; taken; i++) {
        char *folder = xasprintf("%s/live/video_embedding_syncs/%s", root, run_id);
        taken = access(folder, F_OK) == 0;
        if (taken)
            snprintf(run_id, RUN_ID, "%.40s-%d", first, i);
        free(folder);
    }
}

static int run(const arguments *a) {
    char run_id[RUN_ID];
    nightly of;
    int status = run_id_choose(run_id, option_text(a, "run-id"));
    if (status)
        return status;
    status = sync_begin(&of, &command_sync_videos, a, run_id);
    if (!status)
        step_aside(run_id, a);
    if (!status)
        status = option_flag(a, "dry-run") ? work(&of, "") : run_into_folder(&of);
    return sync_end(&of, status, "videos");
}

const command command_sync_videos = {
    "sync videos",
    "the nightly job: fetch the running model, ingest, embed what is new or changed, upsert",
    NULL,
    "twotower sync videos --env-file docker/env/prd.env --lookback-days 1 --include-existing",
    options,
    run,
};

/* SPDX-License-Identifier: MIT */
/* run: prep, train, eval with its gate, embed videos, embed users, upload; the weekly job.  It
 * activates nothing: that is a decision of its own. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "program/arguments.h"
#include "program/commands.h"
#include "program/job.h"
#include "program/jobs.h"
#include "program/options_eval.h"
#include "program/options_live.h"
#include "program/options_prep.h"
#include "program/options_publish.h"
#include "program/options_train.h"
#include "program/steps.h"
#include "serving/model_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option own_options[] = {
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "auto: the time, UTC"},
    {"data-dir", OPTION_TEXT, "DIR", "ml/data", NULL, NULL, "where the tables are written"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"max-negative-stars", OPTION_NUMBER, "X", NULL, NULL, NULL,
     "a dislike has at most X stars (2; --recipe mlp: 3)"},
    {"baseline", OPTION_TEXT, "RUN", NULL, NULL, NULL,
     "gate: compare with a run id, a folder, latest: the run that passed last, or active: the run "
     "embedded last"},
    {"skip-embeddings", OPTION_FLAG, NULL, NULL, NULL, NULL, "end with the gate and the upload"},
    {"storage-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_STORAGE_URL", NULL,
     "upload the run to this artifact store, not activated; default: it stays here"},
    {0},
};

/* Training first: plain names that others have too are its. The tables and the run are those of
 * the step before; a dry run of a step would leave the next one nothing to read. */
enum { TRAIN, PREP, EVAL, VIDEOS, USERS, UPLOAD, STEPS };
const job_step run_steps[] = {
    [TRAIN] = {&command_train, "train val user-features item-features"},
    [PREP] = {&command_prep, "out-dir"},
    [EVAL] = {&command_eval, "train val user-features item-features artifacts-root"},
    [VIDEOS] = {&command_embed_videos, "artifacts-dir output-dir run-id dry-run"},
    [USERS] = {&command_embed_users, "artifacts-dir output-dir dry-run"},
    [UPLOAD] = {&command_publish_upload, "artifacts-root"},
    [STEPS] = {NULL, NULL},
};

static option options[JOB_OPTIONS];

void run_options(void) {
    job_options(options, own_options, run_steps);
}

enum { TABLES = 4 };

typedef struct weekly {
    job job;
    const char *root; /* of the artifacts */
    char run_id[RUN_ID];
    char *table[TABLES]; /* what prep writes */
    char *run, *link, *live;
    arguments *given[STEPS];
    json_t *record;
    prep_settings prep;
    train_settings train;
    eval_settings eval;
    embed_videos_settings videos;
    embed_users_settings users;
    publish_upload_settings upload;
} weekly;

static dataset_paths tables_of(weekly *of, const char *data, const char *item_key) {
    static const char *const names[TABLES] = {"interactions_train", "interactions_val",
                                              "user_features", "item_features"};
    for (int i = 0; i < TABLES; i++)
        if (!of->table[i])
            of->table[i] = xasprintf("%s/processed/two_tower/latest/%s.parquet", data, names[i]);
    return (dataset_paths){of->table[0], of->table[1], of->table[2], of->table[3], item_key};
}

static void take_embedding(weekly *of) {
    of->link = xasprintf("%s/latest", of->root);
    of->live = xasprintf("%s/live", of->root);
    of->run = xasprintf("runs/%s", of->run_id);
    of->videos = options_embed_videos(of->given[VIDEOS]);
    of->videos.live.run = of->users.live.run = of->link;
    of->videos.output_dir = of->users.output_dir = of->live;
}

/* All settings, before anything runs. */
static int take_settings(weekly *of, const arguments *a) {
    const char *data = option_text(a, "data-dir");
    of->root = option_text(a, "out-dir");
    for (int i = 0; i < STEPS; i++)
        of->given[i] = arguments_of_step(a, &run_steps[i]);
    int status = options_train(&of->train, &of->record, of->given[TRAIN]);
    if (!status && of->train.options.recipe == TR_MLP)
        option_default(of->given[PREP], "max-negative-stars", "3");
    if (!status)
        status = options_prep(&of->prep, of->given[PREP]);
    if (!status)
        status = options_eval(&of->eval, of->given[EVAL]);
    if (!status)
        status = options_embed_users(&of->users, of->given[USERS]);
    of->prep.out_dir = data;
    of->train.tables = tables_of(of, data, of->train.tables.item_key);
    of->train.report = train_tell_line;
    of->eval.tables = tables_of(of, data, of->eval.tables.item_key);
    of->eval.root = of->root;
    of->upload = options_publish_upload(of->given[UPLOAD]);
    of->upload.root = of->root;
    of->upload.run_id = of->prep.run_id = of->train.run_id = of->eval.run_id = of->run_id;
    take_embedding(of);
    return status;
}

static int prepare(weekly *of) {
    prep_result result;
    job_step_begin(&of->job, &command_prep);
    int status = prep_run(&of->prep, &result);
    if (!status && !json_wanted())
        prep_print(&result);
    status = job_step_end(&of->job, status, json_incref(result.summary));
    prep_result_free(&result);
    return status;
}

static int train(weekly *of) {
    train_result result;
    json_t *document = NULL;
    job_step_begin(&of->job, &command_train);
    int status = train_run(&of->train, &result);
    if (!status) {
        document = train_json(&result);
        status = train_tell_line(document);
    }
    train_result_free(&result);
    return job_step_end(&of->job, status, document);
}

static int evaluate(weekly *of) {
    eval_result result;
    job_step_begin(&of->job, &command_eval);
    int status = eval_run(&of->eval, &result);
    if (!status) {
        eval_print(&result);
        status = result_flush();
    }
    if (!status)
        status = eval_refuse(&result);
    status = job_step_end(&of->job, status, json_incref(result.metrics));
    eval_result_free(&result);
    return status;
}

/* `latest` leads to `target`, as before; NULL: there was none. */
static int point_latest(const char *link, const char *target) {
    if (target)
        return output_link(target, link);
    return unlink(link) && errno != ENOENT ? fail_errno("remove", link) : 0;
}

/* A run that is not judged yet, or that the gate rejects, is never `latest`: that stays the last
 * that passed. */
static int train_and_judge(weekly *of) {
    char before[PATH_MAX];
    ssize_t len = readlink(of->link, before, sizeof before - 1);
    before[len < 0 ? 0 : len] = 0;
    int status = prepare(of);
    if (!status)
        status = train(of);
    if (!status && strcmp(before, of->run) != 0)
        status = point_latest(of->link, len < 0 ? NULL : before);
    if (!status)
        status = evaluate(of);
    return status ? status : output_link(of->run, of->link);
}

static int embed_videos(weekly *of) {
    embed_videos_result result;
    job_step_begin(&of->job, &command_embed_videos);
    int status = embed_videos_run(&of->videos, &result);
    if (!status)
        embed_videos_print(&of->videos, &result);
    status = job_step_end(&of->job, status, json_incref(result.summary));
    embed_videos_result_free(&result);
    return status;
}

static int embed_users(weekly *of) {
    embed_users_result result;
    job_step_begin(&of->job, &command_embed_users);
    int status = embed_users_run(&of->users, &result);
    if (!status)
        embed_users_print(&of->users, &result);
    status = job_step_end(&of->job, status, json_incref(result.summary));
    embed_users_result_free(&result);
    return status;
}

static int upload(weekly *of) {
    upload_result result;
    json_t *document = NULL;
    job_step_begin(&of->job, &command_publish_upload);
    int status = publish_upload_run(&of->upload, &result);
    if (!status) {
        document = upload_json(&result);
        upload_print(&result);
    }
    upload_result_free(&result);
    return job_step_end(&of->job, status, document);
}

static void weekly_free(weekly *of) {
    for (int i = 0; i < STEPS; i++)
        arguments_free(of->given[i]);
    for (int i = 0; i < TABLES; i++)
        free(of->table[i]);
    json_decref(of->record);
    free(of->run);
    free(of->link);
    free(of->live);
}

static int run(const arguments *a) {
    weekly of = {.root = NULL};
    int status = run_id_choose(of.run_id, option_text(a, "run-id"));
    if (status)
        return status;
    job_begin(&of.job, &command_run, of.run_id);
    status = take_settings(&of, a);
    if (!status)
        status = train_and_judge(&of);
    if (!status && !option_flag(a, "skip-embeddings")) {
        status = embed_videos(&of);
        if (!status)
            status = embed_users(&of);
    }
    if (!status && option_given(a, "storage-url"))
        status = upload(&of);
    status = job_end(&of.job, status,
                     json_pack("{s:s, s:O}", "run_id", of.run_id, "steps", of.job.steps));
    weekly_free(&of);
    return status;
}

const command command_run = {
    "run",
    "the weekly job: prep, train, eval with its gate, embed videos and users, upload",
    NULL,
    "twotower run --db-url file:catalogue --input reviews.csv.gz\n"
    "twotower run --env-file docker/env/prd.env --mode explicit --storage-url supabase://models",
    options,
    run,
};

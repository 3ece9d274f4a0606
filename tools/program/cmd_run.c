/* SPDX-License-Identifier: MIT */
/* run: prep, train, eval with its gate, embed videos, embed users, upload; the weekly job.  It
 * activates nothing: that is a decision of its own. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "program/options_store.h"
#include "program/step.h"
#include "release/publish.h"
#include "serving/model_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option options[] = {
    STORE_OPTIONS,
    {"input", OPTION_LIST, "FILE", NULL, NULL, NULL, "reviews or labels, CSV (.gz); repeatable"},
    {"mode", OPTION_CHOICE, "MODE", "reviews", NULL, "reviews|explicit",
     "input holds stars, or labels and decisions"},
    {"decisions-csv", OPTION_TEXT, "FILE", NULL, NULL, NULL, "decisions to merge"},
    {"min-stars", OPTION_NUMBER, "X", "4", NULL, NULL, "a like has at least X stars"},
    {"max-negative-stars", OPTION_NUMBER, "X", NULL, NULL, NULL,
     "a dislike has at most X stars (2; --recipe mlp: 3)"},
    {"split", OPTION_CHOICE, "HOW", "hash", NULL, "hash|time|file", "how validation is chosen"},
    {"val", OPTION_TEXT, "FILE", NULL, NULL, NULL, "validation pairs, with --split file"},
    {"val-ratio", OPTION_NUMBER, "X", "0.2", NULL, NULL, "part that is held out"},
    {"recipe", OPTION_CHOICE, "NAME", "shared", NULL, "shared|mlp", "the model; see train --help"},
    {"embedding-dim", OPTION_COUNT, "N", NULL, NULL, NULL, "these and the next: as train has them"},
    {"hidden-dim", OPTION_COUNT, "N", NULL, NULL, NULL, "hidden layer"},
    {"epochs", OPTION_TEXT, "N", NULL, NULL, NULL, "passes over the data"},
    {"batch-size", OPTION_COUNT, "N", NULL, NULL, NULL, "users or pairs per step"},
    {"lr", OPTION_NUMBER, "X", NULL, NULL, NULL, "learning rate"},
    {"loss", OPTION_TEXT, "NAME", NULL, NULL, NULL, "mlp: bce or softmax"},
    {"neg-per-pos", OPTION_COUNT, "N", NULL, NULL, NULL,
     "prep: unobserved rows per like, for the AUC; mlp: drawn in each epoch"},
    {"max-tag-features", OPTION_NUMBER, "N", NULL, NULL, NULL, "mlp: buckets of tags"},
    {"max-performer-features", OPTION_NUMBER, "N", NULL, NULL, NULL, "mlp: of performers"},
    {"user-numerics", OPTION_TEXT, "NAMES", NULL, NULL, NULL, "numbers that the user tower takes"},
    {"item-numerics", OPTION_TEXT, "NAMES", NULL, NULL, NULL, "numbers that the item tower takes"},
    {"use-price-feature", OPTION_FLAG, NULL, NULL, NULL, NULL, "videos have their price"},
    {"disable-user-features", OPTION_FLAG, NULL, NULL, NULL, NULL, "users have no numbers"},
    {"patience", OPTION_COUNT, "N", NULL, NULL, NULL, "mlp: epochs without a lower loss"},
    {"seed", OPTION_COUNT, "N", "1", NULL, NULL, "of the training"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"recall-k", OPTION_COUNT, "K", "20", NULL, NULL, "length of the lists that eval judges"},
    {"min", OPTION_LIST, "NAME=VALUE", NULL, NULL, NULL, "gate: a metric must reach a value"},
    {"min-over-popularity", OPTION_NUMBER, "X", "1.3", NULL, NULL,
     "gate: recall must be X times popularity's"},
    {"baseline", OPTION_TEXT, "RUN", NULL, NULL, NULL,
     "gate: compare with a run id, a folder, latest: the run that passed last, or active: the run "
     "embedded last"},
    {"max-drop", OPTION_NUMBER, "X", "0.05", NULL, NULL,
     "gate: recall, map and a user's AUC may drop by this part of the baseline's"},
    {"min-interactions", OPTION_COUNT, "N", "20", NULL, NULL,
     "embed users: only those with at least N likes"},
    {"skip-embeddings", OPTION_FLAG, NULL, NULL, NULL, NULL, "end with the gate and the upload"},
    {"skip-upsert", OPTION_FLAG, NULL, NULL, NULL, NULL, "leave the store as it is"},
    {"data-dir", OPTION_TEXT, "DIR", "ml/data", NULL, NULL, "where the tables are written"},
    {"out-dir", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL, "where the run is written"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "auto: the time, UTC"},
    STORAGE_VARIABLES,
    {"storage-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_STORAGE_URL", NULL,
     "upload the run to this artifact store, not activated; default: it stays here"},
    {"prefix", OPTION_TEXT, "NAME", "two_tower", "MODEL_ARTIFACTS_PREFIX", NULL,
     "what the keys of its objects begin with"},
    {0},
};

/* Where prep wrote the tables. */
static void add_tables(step *to, const char *data) {
    static const char *const table[][2] = {{"train", "interactions_train"},
                                           {"val", "interactions_val"},
                                           {"user-features", "user_features"},
                                           {"item-features", "item_features"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *path = need_format("%s/processed/two_tower/latest/%s.parquet", data, table[i][1]);
        step_add(to, table[i][0], path);
        free(path);
    }
}

static int is_mlp(const arguments *a) {
    return !strcmp(option_text(a, "recipe"), "mlp");
}

static void prepare(job *of) {
    const arguments *a = of->arguments;
    step *one = job_step(of, &command_prep);
    step_pass(one, of,
              "env-file db-url input mode decisions-csv min-stars max-negative-stars split val "
              "val-ratio neg-per-pos");
    if (is_mlp(a) && !option_given(a, "max-negative-stars"))
        step_add(one, "max-negative-stars", "3");
    step_add(one, "out-dir", option_text(a, "data-dir"));
    step_add(one, "run-id", of->run_id);
}

static void train(job *of) {
    step *one = job_step(of, &command_train);
    step_pass(one, of,
              "recipe embedding-dim hidden-dim epochs batch-size lr loss max-tag-features "
              "max-performer-features user-numerics item-numerics use-price-feature "
              "disable-user-features patience seed threads out-dir");
    if (is_mlp(of->arguments))
        step_pass(one, of, "neg-per-pos");
    add_tables(one, option_text(of->arguments, "data-dir"));
    step_add(one, "run-id", of->run_id);
}

static void evaluate(job *of) {
    step *one = job_step(of, &command_eval);
    step_pass(one, of, "threads recall-k min min-over-popularity baseline max-drop");
    add_tables(one, option_text(of->arguments, "data-dir"));
    step_add(one, "artifacts-root", option_text(of->arguments, "out-dir"));
    step_add(one, "run-id", of->run_id);
}

/* `latest` leads to `target`, as before; NULL: there was none. */
static int point_latest(const char *link, const char *target) {
    if (target)
        return output_link(target, link);
    return unlink(link) && errno != ENOENT ? fail_errno("remove", link) : 0;
}

/* A run that is not judged yet, or that the gate rejects, is never `latest`: that stays the last
 * that passed. */
static int train_and_judge(job *of) {
    char *link = need_format("%s/latest", option_text(of->arguments, "out-dir"));
    char *made = need_format("runs/%s", of->run_id), before[PATH_MAX];
    ssize_t len = readlink(link, before, sizeof before - 1);
    before[len < 0 ? 0 : len] = 0;
    prepare(of);
    train(of);
    int status = job_run(of);
    if (!status && strcmp(before, made) != 0)
        status = point_latest(link, len < 0 ? NULL : before);
    if (!status) {
        evaluate(of);
        status = job_run(of);
    }
    if (!status)
        status = output_link(made, link);
    free(made);
    free(link);
    return status;
}

static void embed(job *of, const command *which, const char *options_passed) {
    step *one = job_step(of, which);
    char *latest = need_format("%s/latest", option_text(of->arguments, "out-dir"));
    char *live = need_format("%s/live", option_text(of->arguments, "out-dir"));
    step_pass(one, of, options_passed);
    step_add(one, "artifacts-dir", latest);
    step_add(one, "output-dir", live);
    free(latest);
    free(live);
}

static void upload(job *of) {
    step *one = job_step(of, &command_publish_upload);
    step_pass(one, of, "env-file storage-url prefix");
    step_add(one, "artifacts-root", option_text(of->arguments, "out-dir"));
    step_add(one, "run-id", of->run_id);
}

static json_t *figures(const job *of) {
    return json_pack("{s:s, s:O}", "run_id", of->run_id, "steps", of->done);
}

static int run(const arguments *a) {
    char run_id[RUN_ID];
    int status = run_id_choose(run_id, option_text(a, "run-id"));
    if (status)
        return status;
    job of;
    job_begin(&of, &command_run, a, run_id);
    status = train_and_judge(&of);
    if (!status && !option_flag(a, "skip-embeddings")) {
        embed(&of, &command_embed_videos, "env-file db-url db-batch skip-upsert");
        embed(&of, &command_embed_users, "env-file db-url db-batch skip-upsert min-interactions");
    }
    if (!status && option_given(a, "storage-url"))
        upload(&of);
    if (!status)
        status = job_run(&of);
    return job_end(&of, status, figures(&of));
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

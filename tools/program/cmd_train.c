/* SPDX-License-Identifier: MIT */
/* train: tables become a model and its run folder. */
#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "program/options_train.h"
#include "program/steps.h"

#include <stdlib.h>

static const option options[] = {
    DATASET_OPTIONS,
    VARIABLE("GITHUB_SHA", "the commit that the run names; default: that of the folder"),
    {"recipe", OPTION_CHOICE, "NAME", "shared", NULL, "shared|mlp",
     "mlp: hashed features, one hidden layer per tower, pairs"},
    {"embedding-dim", OPTION_COUNT, "N", "128", NULL, NULL, "length of an embedding"},
    {"hidden-dim", OPTION_COUNT, "N", "512", NULL, NULL,
     "hidden layer of the user tower; mlp: of both"},
    {"epochs", OPTION_TEXT, "N", NULL, NULL, NULL,
     "passes over the users (25), or over the likes and dislikes (mlp: 8); auto: of 15, 20, 25 "
     "and 30 what ranks a held-out tenth of the likes best"},
    {"batch-size", OPTION_COUNT, "N", NULL, NULL, NULL,
     "users per step, 0: a tenth of them (0); mlp: pairs per step (1024)"},
    {"lr", OPTION_NUMBER, "X", NULL, NULL, NULL, "learning rate of Adam (0.003; mlp: 0.001)"},
    {"teacher", OPTION_CHOICE, "NAME", NULL, NULL, "ials|none",
     "what the towers learn from besides the likes: a factorisation of them (ials)"},
    {"sampling", OPTION_CHOICE, "KIND", NULL, NULL, "auto|none|uniform|popularity|mixed",
     "what a step's softmax is over: all videos (none), or 8192 drawn with logQ correction; auto: "
     "uniform above 32768 liked videos"},
    {"loss", OPTION_CHOICE, "NAME", NULL, NULL, "bce|softmax",
     "mlp: likes against dislikes and unobserved videos (bce), or in-batch softmax with logQ"},
    {"neg-per-pos", OPTION_COUNT, "N", NULL, NULL, NULL,
     "mlp, bce: unobserved videos drawn per like in each epoch (3; after prep --mode explicit 3 "
     "for users with fewer than 10 dislikes, none for others)"},
    {"max-tag-features", OPTION_NUMBER, "N", NULL, NULL, NULL,
     "mlp: buckets that tags are hashed to; 0 or less: twice the tags (4096)"},
    {"max-performer-features", OPTION_NUMBER, "N", NULL, NULL, NULL,
     "mlp: the same of performers (1024)"},
    {"user-numerics", OPTION_TEXT, "NAMES", NULL, NULL, NULL,
     "numbers of a user that the tower takes beside the history, with commas: like_ratio, "
     "dislike_ratio, mean_stars, review_count (these four), like_count, dislike_count, "
     "like_count_30d, positive_ratio_30d, signup_days, account_age_days, days_since_last_like, "
     "hour_sin, hour_cos"},
    {"item-numerics", OPTION_TEXT, "NAMES", NULL, NULL, NULL,
     "numbers of a video beside its year: duration_seconds, release_day (none)"},
    {"use-price-feature", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "videos have their price, and --user-numerics may name price_mean and price_median"},
    {"disable-user-features", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "users have their history only, no numbers"},
    {"patience", OPTION_COUNT, "N", NULL, NULL, NULL,
     "mlp: hold out a tenth of train, stop after N epochs without a lower loss of it, and keep "
     "the best epoch (0: off)"},
    {"seed", OPTION_COUNT, "N", "1", NULL, NULL, "of the random numbers"},
    {"allow-leak", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "an experiment: go on where the tables of train hold validation pairs; the gate then cannot "
     "be judged"},
    MAX_MEMORY_OPTION,
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL,
     "0: one per processor; the model does not depend on it"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "auto: the time, UTC"},
    {"out-dir", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL, "where runs/ and latest stand"},
    {"resume", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "go on with a run that was stopped, under the same --run-id and options"},
    {"checkpoint-seconds", OPTION_NUMBER, "X", "30", NULL, NULL,
     "save the state this often; 0: after every step"},
    {0},
};

int train_tell_line(const json_t *line) {
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
    progress_end();
    result_line("%s", text ? text : "{}");
    free(text);
    return result_flush();
}

json_t *train_json(const train_result *of) {
    return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "run_id", of->run_id, "folder", of->folder,
                     "seconds", of->seconds, "training_seconds", of->training_seconds,
                     "peak_memory_mb", (double)peak_memory() / 1e6, "fp16_cosine_distance",
                     of->parity);
}

static int run(const arguments *a) {
    train_settings settings;
    train_result result = {.folder = NULL};
    json_t *record = NULL;
    int status = options_train(&settings, &record, a);
    if (!status) {
        settings.report = train_tell_line;
        status = train_run(&settings, &result);
    }
    if (!status) {
        json_t *document = train_json(&result);
        if (!result_given(json_incref(document)))
            status = train_tell_line(document);
        json_decref(document);
    }
    if (!status)
        status = result_flush();
    json_decref(record);
    train_result_free(&result);
    return status;
}

const command command_train = {
    "train", "tables become a model, its ONNX files and embeddings",
    NULL,    "twotower train --run-id auto --threads 2",
    options, run,
};

/* SPDX-License-Identifier: MIT */
/* run: prep, train, eval with its gate, embed videos, embed users. */
#include "cli/fail.h"
#include "cli/message.h"
#include "commands.h"
#include "model/model_file.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

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
    {"use-price-feature", OPTION_FLAG, NULL, NULL, NULL, NULL, "mlp: items have their price"},
    {"disable-user-features", OPTION_FLAG, NULL, NULL, NULL, NULL, "mlp: users have no numbers"},
    {"patience", OPTION_COUNT, "N", NULL, NULL, NULL, "mlp: epochs without a lower loss"},
    {"seed", OPTION_COUNT, "N", "1", NULL, NULL, "of the training"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {"min", OPTION_LIST, "NAME=VALUE", NULL, NULL, NULL, "gate: a metric must reach a value"},
    {"min-over-popularity", OPTION_NUMBER, "X", "1.3", NULL, NULL,
     "gate: recall must be X times popularity's"},
    {"baseline", OPTION_TEXT, "RUN", NULL, NULL, NULL,
     "gate: compare with a run id, a folder, or active: the run embedded last"},
    {"max-drop", OPTION_NUMBER, "X", "0.05", NULL, NULL,
     "gate: recall and map may drop by this part of the baseline's"},
    {"min-interactions", OPTION_COUNT, "N", "20", NULL, NULL,
     "embed users: only those with at least N likes"},
    {"skip-upsert", OPTION_FLAG, NULL, NULL, NULL, NULL, "leave the store as it is"},
    {"data-dir", OPTION_TEXT, "DIR", "ml/data", NULL, NULL, "where the tables are written"},
    {"out-dir", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL, "where the run is written"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "auto: the time, UTC"},
    {0},
};

enum { MOST_WORDS = 512 };

/* The command line of one step. */
typedef struct step {
    const command *command;
    char *word[MOST_WORDS];
    int words;
    int full;
} step;

static void add(step *to, const char *name, const char *value) {
    to->full = to->full || to->words + 2 > MOST_WORDS;
    if (to->full)
        return;
    to->word[to->words++] = need_format("--%s", name);
    if (value)
        to->word[to->words++] = need_copy(value, strlen(value));
}

static option_type type_of(const char *name) {
    for (const option *one = options; one->name; one++)
        if (!strcmp(one->name, name))
            return one->type;
    return OPTION_TEXT; /* a common one */
}

/* Passes options of `run` on under the same names, separated by spaces. */
static void pass(step *to, const arguments *a, const char *names) {
    char *copy = need_copy(names, strlen(names)), *rest = NULL;
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        const option_type type = type_of(name);
        if (type == OPTION_LIST)
            for (size_t i = 0; i < option_list_size(a, name); i++)
                add(to, name, option_list(a, name, i));
        else if (type == OPTION_FLAG) {
            if (option_flag(a, name))
                add(to, name, NULL);
        } else if (!strcmp(name, "db-url") ? option_typed(a, name) : option_given(a, name))
            add(to, name, option_text(a, name));
    }
    free(copy);
}

static void add_tables(step *to, const char *data) {
    static const char *const table[][2] = {{"train", "interactions_train"},
                                           {"val", "interactions_val"},
                                           {"user-features", "user_features"},
                                           {"item-features", "item_features"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *path = need_format("%s/processed/two_tower/latest/%s.parquet", data, table[i][1]);
        add(to, table[i][0], path);
        free(path);
    }
}

static int take(step *one) {
    arguments *parsed = NULL;
    int help, status = one->full ? fail(TW_USAGE, "too many options") : 0;
    note("%s", one->command->name);
    if (!status)
        status = arguments_parse(&parsed, one->command, one->words, one->word, &help);
    if (!status)
        status = one->command->run(parsed);
    arguments_free(parsed);
    for (int i = 0; i < one->words; i++)
        free(one->word[i]);
    one->words = 0;
    return status;
}

static int is_mlp(const arguments *a) {
    return !strcmp(option_text(a, "recipe"), "mlp");
}

static int prepare(const arguments *a, const char *run_id) {
    step one = {.command = &command_prep};
    pass(
        &one, a,
        "env-file db-url input mode decisions-csv min-stars max-negative-stars split val val-ratio "
        "neg-per-pos");
    if (is_mlp(a) && !option_given(a, "max-negative-stars"))
        add(&one, "max-negative-stars", "3");
    add(&one, "out-dir", option_text(a, "data-dir"));
    add(&one, "run-id", run_id);
    return take(&one);
}

static int train(const arguments *a, const char *run_id) {
    step one = {.command = &command_train};
    pass(&one, a,
         "recipe embedding-dim hidden-dim epochs batch-size lr loss max-tag-features "
         "max-performer-features use-price-feature disable-user-features patience seed threads "
         "out-dir");
    if (is_mlp(a))
        pass(&one, a, "neg-per-pos");
    add_tables(&one, option_text(a, "data-dir"));
    add(&one, "run-id", run_id);
    return take(&one);
}

static int evaluate(const arguments *a) {
    step one = {.command = &command_eval};
    pass(&one, a, "threads min min-over-popularity baseline max-drop");
    add_tables(&one, option_text(a, "data-dir"));
    add(&one, "artifacts-root", option_text(a, "out-dir"));
    return take(&one);
}

static int embed(const arguments *a, const command *which, const char *options_passed) {
    step one = {.command = which};
    char *latest = need_format("%s/latest", option_text(a, "out-dir"));
    char *live = need_format("%s/live", option_text(a, "out-dir"));
    pass(&one, a, options_passed);
    add(&one, "artifacts-dir", latest);
    add(&one, "output-dir", live);
    free(latest);
    free(live);
    return take(&one);
}

static int run_steps(const arguments *a, const char *run_id) {
    /* A URL that does not stand on our command line may hold a password: nor does it on theirs. */
    if (option_given(a, "db-url") && !option_typed(a, "db-url") &&
        setenv("TWOTOWER_DB_URL", option_text(a, "db-url"), 1) != 0)
        return fail_errno("set", "TWOTOWER_DB_URL");
    int status = prepare(a, run_id);
    if (!status)
        status = train(a, run_id);
    if (!status)
        status = evaluate(a);
    if (!status)
        status = embed(a, &command_embed_videos, "env-file db-url db-batch skip-upsert");
    if (!status)
        status =
            embed(a, &command_embed_users, "env-file db-url db-batch skip-upsert min-interactions");
    return status;
}

static int run(const arguments *a) {
    char run_id[RUN_ID];
    double started = seconds_now();
    int status = run_id_choose(run_id, option_text(a, "run-id"));
    if (!status)
        status = run_steps(a, run_id);
    if (!status)
        note("run %s done in %.1f s, peak memory %.0f MB", run_id, seconds_now() - started,
             (double)peak_memory() / 1e6);
    return status;
}

const command command_run = {
    "run",   "prep, train, eval with its gate, embed videos and users",
    NULL,    "twotower run --db-url file:catalogue --input reviews.csv.gz",
    options, run,
};

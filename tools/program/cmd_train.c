/* SPDX-License-Identifier: MIT */
/* train: tables become a model and its run folder. */
#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "training/checkpoint.h"
#include "training/prep_summary.h"
#include "training/provenance.h"
#include "training/run_files.h"
#include "training/sparse_files.h"
#include "training/training_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum { FEW_DISLIKES = 10 }; /* too few to learn from without unobserved videos */

typedef struct training {
    const arguments *arguments;
    json_t *prep; /* summary.json of the tables, or null */
    dataset data;
    item_lists val;
    tr_data input;
    tr_vocabulary vocabulary;
    training_options asked;
    tr_pair *pair;
    tr_model *model;
    char run_id[RUN_ID];
    checkpoint state;
    uint64_t sweeps; /* of the teacher */
    double started, epoch_started, step_ended, training;
    int status; /* of the callback */
} training;

static void list_pairs(training *t) {
    const interaction_list *from = &t->data.train;
    t->pair = need((from->count + 1) * sizeof *t->pair);
    for (size_t i = 0; i < from->count; i++) {
        const interaction *row = &from->row[i];
        t->pair[i] = (tr_pair){row->user, row->item, (uint32_t)row->taste,
                               row->weight > 0 ? row->weight : 0};
    }
    t->input.pair = t->pair;
    t->input.pairs = (uint32_t)from->count;
}

/* Labels and decisions have dislikes of their own, and are taken as they are. */
static int read_mode(training *t) {
    int status = prep_summary_read(&t->prep, option_text(t->arguments, "train"));
    if (!status && prep_summary_explicit(t->prep) && t->asked.options.loss == TR_BCE &&
        !option_given(t->arguments, "neg-per-pos"))
        t->asked.options.few_dislikes = FEW_DISLIKES;
    return status;
}

static int read_data(training *t) {
    const dataset_paths paths = options_dataset(t->arguments);
    int status = read_mode(t);
    if (!status)
        status = dataset_read(&t->data, &paths);
    if (!status)
        status = dataset_need_likes(&t->data, &paths);
    if (status)
        return status;
    interaction_lists(&t->val, &t->data.val, t->data.users.count, TT_LIKED);
    t->input = (tr_data){.item = t->data.items.item,
                         .items = t->data.items.count,
                         .user = t->data.users.user,
                         .users = t->data.users.count,
                         .item_likes = t->data.item_likes,
                         .item_reviews = t->data.item_reviews,
                         .val_offset = t->val.offset,
                         .val_item = t->val.item,
                         .numbers = &t->asked.numbers};
    list_pairs(t);
    return 0;
}

static void put_line(bytes *to, const json_t *line) {
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text)
        bytes_put(to, text, strlen(text));
    bytes_put_byte(to, '\n');
    free(text);
}

static int on_progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    training *t = context;
    progress_show("training", step, steps);
    t->status = interrupted();
    if (!epoch)
        t->step_ended = seconds_now();
    if (t->status || !epoch)
        return t->status;
    json_t *line = json_pack("{s:I, s:I, s:f, s:f, s:f}", "epoch", (json_int_t)epoch->epoch, "step",
                             (json_int_t)epoch->steps, "loss", epoch->train_loss, "lr", epoch->lr,
                             "scale", epoch->scale);
    json_object_set_new(line, "val_loss", json_finite(epoch->val_loss));
    if (t->asked.options.patience > 0)
        json_object_set_new(line, "held_loss", json_finite(epoch->held_loss));
    /* The file has no times, so that a resumed training writes the same one. */
    put_line(&t->state.log, line);
    if (!json_wanted()) {
        bytes text = {NULL, 0, 0};
        double taken = t->step_ended - t->epoch_started + 1e-9;
        json_object_set_new(line, "seconds", json_real(seconds_now() - t->started));
        json_object_set_new(line, "pairs_per_second", json_real((double)epoch->pairs / taken));
        put_line(&text, line);
        progress_end();
        result_line("%.*s", (int)text.used - 1, (const char *)text.at);
        bytes_free(&text);
        t->status = result_flush();
    }
    json_decref(line);
    t->epoch_started = seconds_now();
    return t->status;
}

static int on_restore(void *context, tr_state *state) {
    training *t = context;
    if (option_flag(t->arguments, "resume"))
        t->status = checkpoint_restore(&t->state, state);
    else
        t->status = checkpoint_remove(&t->state);
    return t->status;
}

static int on_teaching(void *context) {
    training *t = context;
    progress_show("teacher", ++t->sweeps, 0);
    t->epoch_started = seconds_now();
    return t->status = interrupted();
}

static int on_save(void *context, const tr_state *state) {
    training *t = context;
    double seconds = seconds_now() - t->state.saved_at;
    if (state->last || seconds >= option_number(t->arguments, "checkpoint-seconds"))
        t->status = checkpoint_save(&t->state, state);
    return t->status;
}

static int training_failed(const training *t, tr_status status) {
    if (t->status)
        return t->status;
    if (status == TR_DIVERGED)
        return fail(TW_INPUT,
                    "the loss is not finite any more, twice what it was at first, or no better "
                    "than a guess; train with a lower --lr than %g%s%s",
                    (double)t->asked.options.lr, t->state.saved ? "; the last good state is " : "",
                    t->state.saved ? t->state.path : "");
    if (status == TR_NO_MEMORY)
        return limit_refuse();
    if (status == TR_NO_DATA)
        return fail(TW_INPUT, "%s: %s", option_text(t->arguments, "train"), tr_status_text(status));
    if (status == TR_STATE)
        return fail(TW_INPUT, "%s: %s; leave --resume out to begin anew", t->state.path,
                    tr_status_text(status));
    return fail(TW_IO, "training stopped: %s", tr_status_text(status));
}

static int write_log(const bytes *log, const char *folder) {
    char *path = need_format("%s/training.jsonl", folder);
    output out;
    int status = output_open(&out, path);
    if (!status)
        status = output_write(&out, log->at, log->used);
    if (!status)
        status = output_commit(&out);
    output_abandon(&out);
    free(path);
    return status;
}

static int on_trial(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    training *t = context;
    (void)epoch;
    progress_show("choosing epochs", step, steps);
    return t->status = interrupted();
}

static tr_status choose_epochs(training *t) {
    const tr_hooks hooks = {.progress = on_trial, .teaching = on_teaching, .context = t};
    tr_status status = tr_choose_epochs(&t->asked.options, &t->input, &t->vocabulary, &hooks);
    progress_end();
    if (status == TR_OK)
        note("%u epochs rank a held-out tenth of the likes best",
             (unsigned)t->asked.options.epochs);
    return status;
}

static int train(training *t, const char *folder) {
    const tr_hooks hooks = {on_progress, on_restore, on_teaching, on_save, t};
    int mlp = t->asked.options.recipe == TR_MLP;
    tr_status outcome = mlp ? tr_vocabulary_build_mlp(&t->vocabulary, &t->input, &t->asked.buckets)
                            : tr_vocabulary_build(&t->vocabulary, &t->input);
    if (outcome == TR_OK && t->asked.choose_epochs)
        outcome = choose_epochs(t);
    t->epoch_started = seconds_now();
    if (outcome == TR_OK) {
        checkpoint_begin(&t->state, option_text(t->arguments, "out-dir"), t->run_id,
                         &t->asked.options, &t->input, &t->vocabulary);
        double begun = seconds_now();
        outcome = tr_train_with(&t->model, &t->input, &t->vocabulary, &t->asked.options, &hooks);
        t->training = seconds_now() - begun;
    }
    progress_end();
    if (outcome != TR_OK)
        return training_failed(t, outcome);
    int status = write_log(&t->state.log, folder);
    return status ? status : checkpoint_keep(&t->state, folder);
}

static int write_run(training *t, const char *folder, double *parity) {
    json_t *how = provenance_training(t->arguments, options);
    trained run = {t->run_id, t->model, &t->vocabulary, &t->asked.options, &t->data, t->prep, how,
                   0,         0};
    model_file written;
    int status = run_write_models(&run, folder);
    if (!status)
        status = run_write_state_dict(&run, folder);
    if (!status)
        status = run_write_schema(&run, folder);
    if (!status)
        status = run_write_vocabulary(&run, folder);
    if (!status)
        status = run_write_meta(&run, folder);
    if (!status)
        status = model_file_open_run(&written, folder);
    json_decref(how);
    if (status)
        return status;
    status = run_check_parity(&run, &written, parity);
    if (!status)
        status = sparse_files_write(&written, folder);
    if (!status)
        status = run_write_embeddings(&written, &t->data, folder, t->asked.options.threads);
    model_file_close(&written);
    return status ? status : run_describe(folder);
}

static int report(const training *t, const char *folder, double parity) {
    json_t *done =
        json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "run_id", t->run_id, "folder", folder,
                  "seconds", seconds_now() - t->started, "training_seconds", t->training,
                  "peak_memory_mb", (double)peak_memory() / 1e6, "fp16_cosine_distance", parity);
    char *text = json_dumps(done, JSON_COMPACT | JSON_REAL_PRECISION(6));
    (void)result_given(done);
    result_line("%s", text ? text : "{}");
    free(text);
    return result_flush();
}

static int train_into(training *t, const char *root) {
    char *folder = need_format("%s/runs/%s", root, t->run_id), *temporary = NULL;
    char *target = need_format("runs/%s", t->run_id), *link = need_format("%s/latest", root);
    double parity = 0;
    int status = output_folder_begin(folder, &temporary);
    if (!status) {
        status = train(t, temporary);
        if (!status)
            status = write_run(t, temporary, &parity);
        if (!status)
            status = output_folder_commit(temporary, folder);
        else
            output_folder_abandon(temporary);
    }
    if (!status)
        status = checkpoint_remove(&t->state);
    if (!status)
        status = output_link(target, link);
    if (!status)
        status = report(t, folder, parity);
    free(temporary);
    free(folder);
    free(target);
    free(link);
    return status;
}

static int run(const arguments *a) {
    training t = {.arguments = a, .started = seconds_now()};
    int status = training_options_read(&t.asked, a);
    if (!status)
        status = limit_memory(option_text(a, "max-memory"));
    if (!status)
        status = run_id_choose(t.run_id, option_text(a, "run-id"));
    if (!status)
        status = read_data(&t);
    if (!status)
        status = train_into(&t, option_text(a, "out-dir"));
    checkpoint_free(&t.state);
    tr_model_free(t.model);
    tr_vocabulary_free(&t.vocabulary);
    item_lists_free(&t.val);
    free(t.pair);
    json_decref(t.prep);
    dataset_free(&t.data);
    return status;
}

const command command_train = {
    "train", "tables become a model, its ONNX files and embeddings",
    NULL,    "twotower train --run-id auto --threads 2",
    options, run,
};

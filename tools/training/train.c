/* SPDX-License-Identifier: MIT */
#include "training/train.h"

#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/leak.h"
#include "training/checkpoint.h"
#include "training/prep_summary.h"
#include "training/provenance.h"
#include "training/run_files.h"
#include "training/sparse_files.h"
#include "training/taught.h"
#include "training/train_pairs.h"

#include <stdlib.h>
#include <string.h>

enum {
    FEW_DISLIKES = 10, /* too few to learn from without unobserved videos */
    FEW_STEPS = 100    /* the defaults take 250 */
};

typedef struct training {
    const train_settings *settings;
    train_result *result;
    json_t *prep; /* summary.json of the tables, or null */
    dataset data;
    item_lists val;
    tr_data input;
    tr_vocabulary vocabulary;
    tr_options options; /* as they end up */
    tr_pair *pair;
    tr_model *model;
    checkpoint state;
    uint64_t sweeps; /* of the teacher */
    double started, epoch_started, step_ended;
    int status; /* of the callback */
} training;

static void list_pairs(training *t) {
    const interaction_list *from = &t->data.train;
    t->pair = xmalloc((from->count + 1) * sizeof *t->pair);
    for (size_t i = 0; i < from->count; i++) {
        const interaction *row = &from->row[i];
        t->pair[i] = (tr_pair){row->user, row->item, (uint32_t)row->label,
                               row->weight > 0 ? row->weight : 0};
    }
    t->input.pair = t->pair;
    t->input.pairs = (uint32_t)from->count;
}

/* Labels and decisions have dislikes of their own, and are taken as they are. */
static int read_mode(training *t) {
    int status = prep_summary_read(&t->prep, t->settings->tables.train);
    if (!status && prep_summary_explicit(t->prep) && t->options.loss == TR_BCE &&
        !t->settings->fixed_negatives)
        t->options.few_dislikes = FEW_DISLIKES;
    return status;
}

static int read_data(training *t) {
    const dataset_paths *tables = &t->settings->tables;
    int leaks, status = read_mode(t);
    if (!status)
        status = dataset_read(&t->data, tables);
    if (!status)
        status = dataset_need_likes(&t->data, tables);
    if (!status)
        status = taught_check(&t->data, tables, t->options.recipe == TR_SHARED);
    if (!status)
        status = leaks_refuse(&leaks, &t->data, tables, t->settings->allow_leak);
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
                         .numbers = &t->settings->numbers};
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

/* The first failure of the callbacks is what the command ends with. */
static int first_failure(training *t, int status) {
    if (!t->status)
        t->status = status;
    return t->status;
}

static int on_progress(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch) {
    training *t = context;
    progress_show("training", step, steps);
    first_failure(t, interrupted());
    if (!epoch)
        t->step_ended = seconds_now();
    if (t->status || !epoch)
        return t->status;
    json_t *line = json_pack("{s:I, s:I, s:f, s:f, s:f}", "epoch", (json_int_t)epoch->epoch, "step",
                             (json_int_t)epoch->steps, "loss", epoch->train_loss, "lr", epoch->lr,
                             "scale", epoch->scale);
    json_object_set_new(line, "val_loss", json_finite(epoch->val_loss));
    if (t->options.patience > 0)
        json_object_set_new(line, "holdout_loss", json_finite(epoch->holdout_loss));
    /* The file has no times, so that a resumed training writes the same one. */
    put_line(&t->state.log, line);
    if (t->settings->report) {
        double taken = t->step_ended - t->epoch_started + 1e-9;
        json_object_set_new(line, "seconds", json_real(seconds_now() - t->started));
        json_object_set_new(line, "pairs_per_second", json_real((double)epoch->pairs / taken));
        first_failure(t, t->settings->report(line));
    }
    json_decref(line);
    t->epoch_started = seconds_now();
    return t->status;
}

static int on_restore(void *context, tr_state *state) {
    training *t = context;
    return first_failure(t, t->settings->resume ? checkpoint_restore(&t->state, state)
                                                : checkpoint_remove(&t->state));
}

static int on_teaching(void *context) {
    training *t = context;
    progress_show("teacher", ++t->sweeps, 0);
    t->epoch_started = seconds_now();
    return first_failure(t, interrupted());
}

static int on_save(void *context, const tr_state *state) {
    training *t = context;
    double seconds = seconds_now() - t->state.saved_at;
    if (state->last || seconds >= t->settings->checkpoint_seconds)
        first_failure(t, checkpoint_save(&t->state, state));
    return t->status;
}

static int training_failed(const training *t, tr_status status) {
    if (t->status)
        return t->status;
    if (status == TR_DIVERGED)
        return fail(TW_INPUT,
                    "the loss is not finite any more, twice what it was at first, or no better "
                    "than popularity; train with a lower --lr than %g%s%s",
                    (double)t->options.lr, t->state.saved ? "; the last good state is " : "",
                    t->state.saved ? t->state.path : "");
    if (status == TR_NO_MEMORY)
        return limit_refuse();
    if (status == TR_NO_DATA)
        return fail(TW_INPUT, "%s: %s", t->settings->tables.train, tr_status_text(status));
    if (status == TR_STATE)
        return fail(TW_INPUT, "%s: %s; leave --resume out to begin anew", t->state.path,
                    tr_status_text(status));
    return fail(TW_IO, "training stopped: %s", tr_status_text(status));
}

static int write_log(const bytes *log, const char *folder) {
    char *path = xasprintf("%s/training.jsonl", folder);
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
    return first_failure(t, interrupted());
}

static tr_status choose_epochs(training *t) {
    const tr_hooks hooks = {.progress = on_trial, .teaching = on_teaching, .context = t};
    tr_status status = tr_choose_epochs(&t->options, &t->input, &t->vocabulary, &hooks);
    progress_end();
    if (status == TR_OK)
        log_info("%u epochs rank a held-out tenth of the likes best", (unsigned)t->options.epochs);
    return status;
}

/* Of a batch that was asked for: it counts users, not pairs. */
static void warn_of_few_steps(const training *t) {
    const uint64_t batch = t->options.batch;
    if (t->options.recipe == TR_MLP || !batch)
        return;
    const uint64_t steps = t->options.epochs * ((t->input.users + batch - 1) / batch);
    if (steps < FEW_STEPS)
        warning("batches of %llu users make %llu steps in all, too few to learn much; leave the "
                "batch size out (a tenth of the users), or make it smaller",
                (unsigned long long)batch, (unsigned long long)steps);
}

static int train(training *t, const char *folder) {
    const tr_hooks hooks = {on_progress, on_restore, on_teaching, on_save, t};
    int mlp = t->options.recipe == TR_MLP;
    tr_status outcome =
        mlp ? tr_vocabulary_build_mlp(&t->vocabulary, &t->input, &t->settings->buckets)
            : tr_vocabulary_build(&t->vocabulary, &t->input);
    if (outcome == TR_OK && t->settings->choose_epochs)
        outcome = choose_epochs(t);
    t->epoch_started = seconds_now();
    if (outcome == TR_OK) {
        warn_of_few_steps(t);
        checkpoint_begin(&t->state, t->settings->out_dir, t->result->run_id, &t->options, &t->input,
                         &t->vocabulary);
        double begun = seconds_now();
        outcome = tr_train_with(&t->model, &t->input, &t->vocabulary, &t->options, &hooks);
        t->result->training_seconds = seconds_now() - begun;
    }
    progress_end();
    if (outcome != TR_OK)
        return training_failed(t, outcome);
    int status = write_log(&t->state.log, folder);
    return status ? status : checkpoint_keep(&t->state, folder);
}

static int write_run(training *t, const char *folder) {
    json_t *how;
    int status = provenance_training(&how, &t->settings->tables, t->settings->record);
    trained run = {
        t->result->run_id, t->model, &t->vocabulary, &t->options, &t->data, t->prep, how, 0, 0};
    model_file written;
    if (!status)
        status = run_write_models(&run, folder);
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
    status = run_check_parity(&run, &written, &t->result->parity);
    if (!status)
        status = sparse_files_write(&written, folder);
    if (!status)
        status = train_pairs_write(&t->data, folder);
    if (!status)
        status = run_write_embeddings(&written, &t->data, folder, t->options.threads);
    model_file_close(&written);
    return status ? status : run_describe(folder);
}

static int train_into(training *t, const char *root) {
    char *folder = t->result->folder, *temporary = NULL;
    char *target = xasprintf("runs/%s", t->result->run_id), *link = xasprintf("%s/latest", root);
    int status = output_folder_begin(folder, &temporary);
    if (!status) {
        status = train(t, temporary);
        if (!status)
            status = write_run(t, temporary);
        if (!status)
            status = output_folder_commit(temporary, folder);
        else
            output_folder_abandon(temporary);
    }
    if (!status)
        status = checkpoint_remove(&t->state);
    if (!status)
        status = output_link(target, link);
    free(temporary);
    free(target);
    free(link);
    return status;
}

train_settings train_settings_default(tr_recipe recipe) {
    train_settings settings = {.options =
                                   recipe == TR_MLP ? tr_options_mlp() : tr_options_default(),
                               .buckets = {4096, 1024},
                               .numbers = tr_numbers_default(),
                               .run_id = "auto",
                               .out_dir = "ml/artifacts",
                               .checkpoint_seconds = 30};
    settings.options.threads = processors();
    return settings;
}

int train_run(const train_settings *settings, train_result *result) {
    training t = {.settings = settings,
                  .result = result,
                  .options = settings->options,
                  .started = seconds_now()};
    *result = (train_result){.folder = NULL};
    int status = limit_memory(settings->max_memory);
    if (!status)
        status = run_id_choose(result->run_id, settings->run_id);
    if (!status)
        status = read_data(&t);
    if (!status) {
        result->folder = xasprintf("%s/runs/%s", settings->out_dir, result->run_id);
        status = train_into(&t, settings->out_dir);
    }
    result->seconds = seconds_now() - t.started;
    checkpoint_free(&t.state);
    tr_model_free(t.model);
    tr_vocabulary_free(&t.vocabulary);
    item_lists_free(&t.val);
    free(t.pair);
    json_decref(t.prep);
    dataset_free(&t.data);
    return status;
}

void train_result_free(train_result *result) {
    free(result->folder);
    *result = (train_result){.folder = NULL};
}

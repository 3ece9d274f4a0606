/* SPDX-License-Identifier: MIT */
/* summary.md: the run in a few bullets, from the JSON files beside it. */
#include "base/escape.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/output.h"
#include "sign/manifest.h"
#include "training/run_card.h"
#include "training/run_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_LOG = 64 << 20 };

typedef struct summary {
    json_t *meta, *metrics;      /* NULL: not there */
    json_t *first, *last, *best; /* epochs of training.jsonl */
    size_t epochs;
    output out;
} summary;

static double number(const json_t *of, const char *name) {
    return json_number_value(json_object_get(of, name));
}

static long long whole(const json_t *of, const char *name) {
    return json_integer_value(json_object_get(of, name));
}

static const char *words(const json_t *of, const char *name, const char *otherwise) {
    const json_t *text = json_object_get(of, name);
    return json_is_string(text) ? escape_markdown(json_string_value(text)) : otherwise;
}

static void take_epoch(summary *of, json_t *epoch) {
    const json_t *loss = json_object_get(epoch, "val_loss");
    if (!of->epochs++)
        of->first = json_incref(epoch);
    json_decref(of->last);
    of->last = json_incref(epoch);
    if (json_is_number(loss) &&
        (!of->best || json_number_value(loss) < number(of->best, "val_loss"))) {
        json_decref(of->best);
        of->best = json_incref(epoch);
    }
}

static int read_log(summary *of, const char *folder) {
    char *path = xasprintf("%s/training.jsonl", folder), *text, *rest = NULL;
    struct stat about;
    size_t len;
    int status = 0;
    if (!stat(path, &about)) {
        status = file_read(path, MAX_LOG, &text, &len);
        for (char *line = status ? NULL : strtok_r(text, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest)) {
            json_t *epoch = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            if (epoch)
                take_epoch(of, epoch);
            json_decref(epoch);
        }
        free(text);
    }
    free(path);
    return status;
}

static int read_json(json_t **document, const char *folder, const char *name) {
    char *path = xasprintf("%s/%s", folder, name);
    struct stat about;
    int status = stat(path, &about) ? 0 : json_read(document, path);
    free(path);
    return status;
}

/* ---- The text ------------------------------------------------------------------------- */

static int put_conditions(summary *of) {
    const json_t *meta = of->meta, *hyper = json_object_get(meta, "hyper_parameters");
    int status = output_format(
        &of->out,
        "# %s %s\n\n"
        "## Training conditions\n\n"
        "- trained at %s, commit %s\n"
        "- embedding of %lld numbers, hidden layer of %lld; user features %lld, item features %lld "
        "(schema version %lld)\n"
        "- %lld epochs, batch size %lld%s, learning rate %g, seed %lld\n"
        "- price feature: %s\n\n",
        words(meta, "model_name", "two_tower"), words(meta, "run_id", "?"),
        words(meta, "trained_at", "?"), words(meta, "git_commit", "not recorded"),
        whole(meta, "embedding_dim"), whole(meta, "hidden_dim"), whole(meta, "user_feature_dim"),
        whole(meta, "item_feature_dim"), whole(meta, "input_schema_version"),
        whole(hyper, "epochs"), whole(hyper, "batch_size"),
        whole(hyper, "batch_size") ? "" : " (a tenth of the users)", number(hyper, "lr"),
        whole(hyper, "seed"),
        json_is_true(json_object_get(meta, "use_price_feature")) ? "used" : "not used");
    return status;
}

static int put_data(summary *of) {
    const json_t *data = json_object_get(of->meta, "data");
    const json_t *snapshot = json_object_get(of->meta, "data_snapshot");
    return output_format(&of->out,
                         "## Data\n\n"
                         "- prep run %s, input %s\n"
                         "- %lld users, %lld videos; train: %lld interactions, %lld likes; "
                         "validation: %lld interactions\n"
                         "- vocabulary: %lld tags, %lld performers\n\n",
                         words(snapshot, "prep_run_id", "not recorded"),
                         json_is_array(json_object_get(snapshot, "source_csv"))
                             ? "of several files"
                             : words(snapshot, "source_csv", "not recorded"),
                         whole(data, "users"), whole(data, "videos"),
                         whole(data, "train_interactions"), whole(data, "train_likes"),
                         whole(data, "validation_interactions"), whole(of->meta, "tag_vocab_size"),
                         whole(of->meta, "performer_vocab_size"));
}

static int put_curve(summary *of) {
    if (!of->last)
        return 0;
    int status = output_format(&of->out,
                               "## Loss\n\n"
                               "- train: %.4f after the first of %zu epochs, %.4f after the last\n",
                               number(of->first, "loss"), of->epochs, number(of->last, "loss"));
    if (!status && !of->best)
        status = output_format(&of->out, "- validation: no validation likes\n");
    else if (!status)
        status = output_format(
            &of->out, "- validation: %.4f first, %.4f last, lowest %.4f in epoch %lld%s\n",
            number(of->first, "val_loss"), number(of->last, "val_loss"),
            number(of->best, "val_loss"), whole(of->best, "epoch"),
            whole(of->best, "epoch") == whole(of->last, "epoch") ? "; it was still falling"
                                                                 : "; it rose after that");
    return status ? status : output_write(&of->out, "\n", 1);
}

static int put_metrics(summary *of) {
    return run_card_put(&of->out, of->metrics);
}

static int put_limits(summary *of) {
    static const char text[] =
        "## Known limits\n\n"
        "- a video without a like in train is known by its content alone\n"
        "- a tag or performer that stands at fewer than two videos is not in the vocabulary\n"
        "- live decisions have no stars: their neutral histories are empty and the mean of the "
        "stars is missing\n"
        "- embeddings of two runs cannot be compared with each other\n";
    return output_write(&of->out, text, sizeof text - 1);
}

static int write_summary(summary *of, const char *folder) {
    char *path = xasprintf("%s/summary.md", folder);
    int (*const parts[])(summary *) = {put_conditions, put_data, put_curve, put_metrics,
                                       put_limits};
    int status = output_open(&of->out, path);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !status; i++)
        status = parts[i](of);
    if (!status)
        status = output_commit(&of->out);
    else
        output_abandon(&of->out);
    free(path);
    return status;
}

int run_describe(const char *folder) {
    summary of = {.meta = NULL};
    int status = read_json(&of.meta, folder, "model_meta.json");
    if (!status)
        status = read_json(&of.metrics, folder, "metrics.json");
    if (!status)
        status = read_log(&of, folder);
    if (!status && of.meta)
        status = write_summary(&of, folder);
    if (!status)
        status = manifest_write(folder, NULL);
    json_decref(of.meta);
    json_decref(of.metrics);
    json_decref(of.first);
    json_decref(of.last);
    json_decref(of.best);
    return status;
}

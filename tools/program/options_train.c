/* SPDX-License-Identifier: MIT */
#include "program/options_train.h"

#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_dataset.h"

#include <stdlib.h>
#include <string.h>

/* A whole number of an option, or what it is without. */
static uint64_t count_or(const arguments *a, const char *name, uint64_t otherwise) {
    return option_given(a, name) ? option_count(a, name) : otherwise;
}

static int refuse_mlp_options(const arguments *a) {
    static const char *const names[] = {"max-tag-features", "max-performer-features", "loss",
                                        "neg-per-pos", "patience"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (option_given(a, names[i]))
            return fail(TW_USAGE,
                        "--%s needs --recipe mlp, whose --batch-size counts pairs; or leave it "
                        "and --batch-size, which counts users here, out",
                        names[i]);
    return 0;
}

static int read_buckets(const arguments *a, const char *name, int64_t *buckets) {
    double wanted = option_given(a, name) ? option_number(a, name) : (double)*buckets;
    if (wanted > 1e7 || (wanted > 0 && wanted < 1))
        return fail(TW_USAGE, "--%s takes a whole number up to 10000000", name);
    *buckets = wanted > 0 ? (int64_t)wanted : 0;
    return 0;
}

static int read_mlp_options(train_settings *t, const arguments *a) {
    const char *loss = option_text(a, "loss");
    uint64_t negatives = count_or(a, "neg-per-pos", t->options.negatives);
    uint64_t patience = count_or(a, "patience", 0);
    if (negatives > 1000 || patience > 100000)
        return fail(TW_USAGE, "--neg-per-pos takes at most 1000, --patience at most 100000");
    if (t->options.batch < 1)
        return fail(TW_USAGE, "--batch-size takes 1 to 1000000 pairs with --recipe mlp");
    t->options.loss = loss && !strcmp(loss, "softmax") ? TR_SOFTMAX : TR_BCE;
    t->options.negatives = (uint32_t)negatives;
    t->options.patience = (uint32_t)patience;
    int status = read_buckets(a, "max-tag-features", &t->buckets.tags);
    return status ? status : read_buckets(a, "max-performer-features", &t->buckets.performers);
}

static int read_epochs(train_settings *t, const arguments *a, uint64_t *epochs) {
    const char *text = option_text(a, "epochs");
    if (!text)
        return 0;
    t->choose_epochs = !strcmp(text, "auto");
    if (t->choose_epochs)
        return t->options.recipe == TR_MLP
                   ? fail(TW_USAGE, "--epochs auto goes with --recipe shared; --patience stops mlp")
                   : 0;
    size_t digits = strspn(text, "0123456789");
    *epochs = digits && digits < 10 && !text[digits] ? strtoull(text, NULL, 10) : 0;
    return *epochs < 1 || *epochs > 100000 ? fail(TW_USAGE, "--epochs takes 1 to 100000, or auto")
                                           : 0;
}

/* What --recipe mlp does not have. */
static int read_shared_options(train_settings *t, const arguments *a) {
    static const char *const kinds[] = {"auto", "none", "uniform", "popularity", "mixed"};
    const char *teacher = option_text(a, "teacher");
    const char *sampling = option_text(a, "sampling");
    if ((teacher || sampling) && t->options.recipe == TR_MLP)
        return fail(TW_USAGE, "--teacher and --sampling go with --recipe shared only");
    if (teacher && !strcmp(teacher, "none"))
        t->options.teacher = TR_NO_TEACHER;
    for (int kind = TR_SAMPLE_AUTO; sampling && kind <= TR_SAMPLE_MIXED; kind++)
        if (!strcmp(sampling, kinds[kind]))
            t->options.sampling = (tr_sampling)kind;
    return 0;
}

/* Which of the names the list has: bits. */
static int read_names(uint32_t *bits, const char *name, const char *list, const char *const *names,
                      int count) {
    *bits = 0;
    while (*list) {
        size_t len = strcspn(list, ",");
        int n = 0;
        while (n < count && (strlen(names[n]) != len || memcmp(names[n], list, len) != 0))
            n++;
        if (n == count)
            return fail(TW_USAGE, "--%s: no number is called '%.*s'; train --help names them", name,
                        (int)len, list);
        *bits |= 1u << n;
        list += len + (list[len] == ',');
    }
    return 0;
}

static int read_numbers(train_settings *t, const arguments *a) {
    const char *user = option_text(a, "user-numerics"), *item = option_text(a, "item-numerics");
    const uint32_t prices = 1u << TR_PRICE_MEAN | 1u << TR_PRICE_MEDIAN;
    int priced = option_flag(a, "use-price-feature"), status = 0;
    if (user && option_flag(a, "disable-user-features"))
        return fail(TW_USAGE, "--user-numerics and --disable-user-features exclude each other");
    if (option_flag(a, "disable-user-features"))
        t->numbers.user = 0;
    if (user)
        status = read_names(&t->numbers.user, "user-numerics", user, tr_number_name, TR_NUMBERS);
    if (!status && item)
        status = read_names(&t->numbers.item, "item-numerics", item, tr_item_number_name,
                            TR_ITEM_NUMBERS);
    if (status)
        return status;
    if (!priced && (t->numbers.user & prices || t->numbers.item >> TR_PRICE & 1))
        return fail(TW_USAGE, "numbers of prices need --use-price-feature");
    t->numbers.item |= (uint32_t)priced << TR_PRICE;
    return 0;
}

/* What says only where results go and how fast, and the tables, which a run names by themselves. */
static int is_left_out(const char *name) {
    static const char *const names[] = {
        "threads", "run-id", "out-dir",       "resume",        "checkpoint-seconds",
        "train",   "val",    "user-features", "item-features", "item-key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return 1;
    return 0;
}

static json_t *record_of(const arguments *a) {
    json_t *all = json_object();
    for (const option *one = command_train.options; one->name; one++)
        if (one->type != OPTION_VARIABLE && option_given(a, one->name) && !is_left_out(one->name))
            json_object_set_new(all, one->name, json_string(option_text(a, one->name)));
    return all;
}

static int read_training(train_settings *t, const arguments *a) {
    uint64_t dim = option_count(a, "embedding-dim"), hidden = option_count(a, "hidden-dim");
    uint64_t epochs = t->options.epochs, threads = option_count(a, "threads");
    uint64_t batch = count_or(a, "batch-size", t->options.batch);
    int status = read_epochs(t, a, &epochs);
    if (!status)
        status = read_shared_options(t, a);
    if (status)
        return status;
    if (dim < 1 || dim > 4096 || hidden < 1 || hidden > 16384)
        return fail(TW_USAGE, "--embedding-dim takes 1 to 4096 and --hidden-dim 1 to 16384");
    if (batch > 1000000 || threads > 1024)
        return fail(TW_USAGE, "--batch-size takes at most 1000000, --threads at most 1024");
    t->options.dim = (uint32_t)dim;
    t->options.hidden = (uint32_t)hidden;
    t->options.epochs = (uint32_t)epochs;
    t->options.batch = (uint32_t)batch;
    if (threads)
        t->options.threads = (uint32_t)threads;
    t->options.seed = option_count(a, "seed");
    if (option_given(a, "lr"))
        t->options.lr = (float)option_number(a, "lr");
    if (!(t->options.lr > 0 && t->options.lr <= 1))
        return fail(TW_USAGE, "--lr takes a number above 0 and at most 1");
    if (t->checkpoint_seconds < 0)
        return fail(TW_USAGE, "--checkpoint-seconds takes 0 or more");
    if (t->resume && !strcmp(t->run_id, "auto"))
        return fail(TW_USAGE, "--resume needs the --run-id of the run to go on with");
    status = t->options.recipe == TR_MLP ? read_mlp_options(t, a) : refuse_mlp_options(a);
    return status ? status : read_numbers(t, a);
}

int options_train(train_settings *t, json_t **record, const arguments *a) {
    *t = train_settings_default(strcmp(option_text(a, "recipe"), "mlp") ? TR_SHARED : TR_MLP);
    t->tables = options_dataset(a);
    t->fixed_negatives = option_given(a, "neg-per-pos");
    t->run_id = option_text(a, "run-id");
    t->out_dir = option_text(a, "out-dir");
    t->allow_leak = option_flag(a, "allow-leak");
    t->resume = option_flag(a, "resume");
    t->checkpoint_seconds = option_number(a, "checkpoint-seconds");
    t->max_memory = option_text(a, "max-memory");
    t->record = *record = record_of(a);
    return read_training(t, a);
}

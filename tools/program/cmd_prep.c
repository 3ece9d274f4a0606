/* SPDX-License-Identifier: MIT */
/* prep: reviews and a catalogue become the tables that training reads. */
#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/decisions.h"
#include "catalogue/item_mask.h"
#include "catalogue/users.h"
#include "format/parts.h"
#include "program/commands.h"
#include "program/options_store.h"
#include "serving/model_file.h"
#include "training/cold.h"
#include "training/summary.h"
#include "training/unknown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const option options[] = {
    STORE_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, STORE_HELP},
    {"remote-db-url", OPTION_TEXT, "URL", NULL, NULL, NULL,
     "read the catalogue from this database instead; only reads"},
    {"project-ref", OPTION_TEXT, "REF", NULL, NULL, NULL,
     "read it from this Supabase project, with SUPABASE_DB_PASSWORD and SUPABASE_REGION"},
    {"insert-unknown-videos", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "put videos that only the input names, by URL, into the store"},
    VARIABLE("TWOTOWER_USER_KEY", "key of --hash-user-ids, 16 characters at least; a secret"),
    {"hash-user-ids", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "write users as HMAC-SHA256 of their ids, keyed by the variable TWOTOWER_USER_KEY"},
    {"mode", OPTION_CHOICE, "MODE", "reviews", NULL, "reviews|explicit",
     "input holds stars, or labels and decisions"},
    {"input", OPTION_LIST, "FILE", NULL, NULL, NULL,
     "reviews or labels, CSV (.gz) or Parquet, or a folder of such parts; explicit mode without one: decisions of the store"},
    {"decisions-csv", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "decisions to merge; they win over reviews"},
    {"min-stars", OPTION_NUMBER, "X", "4", NULL, NULL, "a like has at least X stars"},
    {"max-negative-stars", OPTION_NUMBER, "X", "2", NULL, NULL,
     "a dislike has at most X stars; 3 goes with train --recipe mlp"},
    {"weight-by-stars", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "weight = stars / 5 instead of 1: what a row counts in the loss of train"},
    {"split", OPTION_CHOICE, "HOW", "hash", NULL, "hash|time|file",
     "validation: a hash of user and video, each user's newest, or --val"},
    {"val", OPTION_TEXT, "FILE", NULL, NULL, NULL,
     "validation pairs, as --input, with --split file"},
    {"val-ratio", OPTION_NUMBER, "X", "0.2", NULL, NULL, "part that is held out"},
    {"cold-ratio", OPTION_NUMBER, "X", "0", NULL, NULL,
     "part of the videos that is held out whole, for eval --cold"},
    {"cold", OPTION_TEXT, "FILE", NULL, NULL, NULL, "those videos, a file with a column video_id"},
    {"neg-per-pos", OPTION_COUNT, "N", "3", NULL, NULL,
     "unobserved videos per validation like, for the AUC"},
    {"max-history", OPTION_COUNT, "N", "500", NULL, NULL, "newest videos kept per list of a user"},
    {"as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL,
     "features as of then; default: the newest train row"},
    {"seed", OPTION_COUNT, "N", "0", NULL, NULL, "of the split and the negatives"},
    MAX_MEMORY_OPTION,
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "auto: the time, UTC"},
    {"out-dir", OPTION_TEXT, "DIR", "ml/data", NULL, NULL, "where processed/two_tower/ stands"},
    {"out-train", OPTION_TEXT, "FILE", NULL, NULL, NULL, "copy of interactions_train.parquet"},
    {"out-val", OPTION_TEXT, "FILE", NULL, NULL, NULL, "copy of interactions_val.parquet"},
    {"snapshot-inputs", OPTION_FLAG, NULL, NULL, NULL, NULL, "keep copies of the inputs"},
    {0},
};

typedef struct prep {
    const arguments *arguments;
    item_table items;
    observed all;
    split parts;
    cold_items cold;
    user_table users;
    uint64_t inserted; /* videos */
    char run_id[RUN_ID];
    char *root; /* OUT/processed/two_tower */
} prep;

/* Does the store itself say who liked what? */
static int reads_decisions(const arguments *a) {
    return !option_list_size(a, "input") && !strcmp(option_text(a, "mode"), "explicit");
}

static int check(const arguments *a) {
    double ratio = option_number(a, "val-ratio"), cold = option_number(a, "cold-ratio");
    int by_file = !strcmp(option_text(a, "split"), "file");
    const char *key = setting(a, "TWOTOWER_USER_KEY");
    if (option_flag(a, "insert-unknown-videos") &&
        (option_given(a, "remote-db-url") || option_given(a, "project-ref")))
        return fail(TW_USAGE,
                    "--insert-unknown-videos writes, and a remote catalogue is only read; "
                    "name it by --db-url");
    if (option_flag(a, "hash-user-ids") && (!key || strlen(key) < 16))
        return fail(TW_USAGE,
                    "--hash-user-ids: the variable TWOTOWER_USER_KEY must hold a secret of "
                    "at least 16 characters");
    if (!option_list_size(a, "input") && !reads_decisions(a))
        return fail(TW_USAGE, "--input is needed: the file of reviews");
    if (!(ratio >= 0 && ratio < 1))
        return fail(TW_USAGE, "--val-ratio: a number from 0 to below 1 is expected");
    if (!(cold >= 0 && cold < 1))
        return fail(TW_USAGE, "--cold-ratio: a number from 0 to below 1 is expected");
    if (cold > 0 && option_given(a, "cold"))
        return fail(TW_USAGE, "--cold-ratio and --cold FILE exclude each other");
    if (by_file != option_given(a, "val"))
        return fail(TW_USAGE, "--split file and --val FILE go together");
    if (option_number(a, "max-negative-stars") >= option_number(a, "min-stars"))
        return fail(TW_USAGE, "--max-negative-stars must be below --min-stars");
    if (option_count(a, "max-history") > 1000000 || option_count(a, "neg-per-pos") > 1000)
        return fail(TW_USAGE, "--max-history takes at most 1000000, --neg-per-pos at most 1000");
    return 0;
}

/* One pass over the inputs, with the catalogue as it is. */
static int observe_inputs(prep *p, store *from, int keep_unknown) {
    const arguments *a = p->arguments;
    observe_mode mode =
        !strcmp(option_text(a, "mode"), "explicit") ? OBSERVE_EXPLICIT : OBSERVE_REVIEWS;
    observe_options rules = {option_number(a, "min-stars"), option_number(a, "max-negative-stars"),
                             option_flag(a, "weight-by-stars")};
    int status = item_table_load(&p->items, from);
    if (status)
        return status;
    observe_start(&p->all, &p->items);
    p->all.keep_unknown = keep_unknown;
    if (option_flag(a, "hash-user-ids"))
        p->all.user_key = setting(a, "TWOTOWER_USER_KEY");
    if (reads_decisions(a))
        status = observe_store(&p->all, from, &p->items,
                               option_given(a, "as-of") ? option_instant(a, "as-of") : INT64_MAX);
    for (size_t i = 0; i < option_list_size(a, "input") && !status; i++)
        status = observe_file(&p->all, option_list(a, "input", i), mode, 0, &rules, &p->items);
    if (!status && option_given(a, "decisions-csv"))
        status = observe_file(&p->all, option_text(a, "decisions-csv"), OBSERVE_EXPLICIT, 1, &rules,
                              &p->items);
    if (!status && mode == OBSERVE_EXPLICIT)
        status = observe_profiles(&p->all, from);
    return status;
}

/* The inputs are read again once the videos that they name are there. */
static int insert_unknown(prep *p, store *to) {
    int status = unknown_insert(&p->all, to, &p->inserted);
    observe_free(&p->all);
    item_table_free(&p->items);
    return status ? status : observe_inputs(p, to, 0);
}

static const char *input_name(const arguments *a) {
    return reads_decisions(a) ? "the decisions of the store" : option_list(a, "input", 0);
}

static int read_inputs(prep *p) {
    const arguments *a = p->arguments;
    int insert = option_flag(a, "insert-unknown-videos");
    int remote = option_given(a, "remote-db-url") || option_given(a, "project-ref");
    store *from;
    int status = options_store_open(&from, a, remote ? "remote-db-url" : "db-url");
    if (status)
        return status;
    status = observe_inputs(p, from, insert);
    if (!status && insert && p->all.unknowns)
        status = insert_unknown(p, from);
    store_close(from);
    if (status)
        return status;
    observe_finish(&p->all);
    if (!p->items.count)
        return fail(TW_INPUT, "the catalogue has no videos; fill it, or name another by --db-url");
    if (!p->all.read)
        return fail(TW_INPUT, "%s: has no rows; export it again with them", input_name(a));
    if (p->all.read == p->all.without_id)
        return fail(TW_INPUT,
                    "%s: none of its %llu rows has an id of a user and of a video (they are empty, "
                    "NULL or NaN); are these the right columns?",
                    input_name(a), (unsigned long long)p->all.read);
    if (!p->all.rows.count)
        return fail(TW_INPUT,
                    "%s: none of its %llu rows names a video of the catalogue; are the input and "
                    "--db-url of the same site?",
                    input_name(a), (unsigned long long)p->all.read);
    return 0;
}

static int64_t newest(const interaction_list *list) {
    int64_t at = INT64_MIN;
    for (size_t i = 0; i < list->count; i++)
        if (list->row[i].at > at)
            at = list->row[i].at;
    return at;
}

static int divide(prep *p) {
    const arguments *a = p->arguments;
    const char *how = option_text(a, "split");
    uint32_t seed = (uint32_t)option_count(a, "seed");
    double ratio = option_number(a, "val-ratio");
    int status = 0;
    if (!strcmp(how, "file"))
        status = split_by_file(&p->parts, &p->all, &p->items, option_text(a, "val"));
    else if (!strcmp(how, "time"))
        split_by_time(&p->parts, &p->all, ratio);
    else
        split_by_hash(&p->parts, &p->all, &p->items, ratio, seed);
    if (!status && option_given(a, "cold"))
        status = cold_by_file(&p->cold, &p->items, option_text(a, "cold"));
    else if (!status && option_number(a, "cold-ratio") > 0)
        cold_by_hash(&p->cold, &p->items, option_number(a, "cold-ratio"), seed);
    if (status)
        return status;
    if (p->cold.mask)
        cold_hold_out(&p->cold, &p->parts, &p->all);
    if (!p->parts.train.count)
        return fail(TW_INPUT, "no interaction is left for training; hold out fewer");
    split_negatives(&p->parts, &p->all, &p->items, (uint32_t)option_count(a, "neg-per-pos"), seed);
    int64_t as_of = option_given(a, "as-of") ? option_instant(a, "as-of") : newest(&p->parts.train);
    user_list known = observe_users(&p->all);
    user_table_build(&p->users, &known, &p->parts.train, &p->items,
                     (uint32_t)option_count(a, "max-history"), as_of);
    return 0;
}

static int snapshot(const prep *p, const char *folder) {
    const arguments *a = p->arguments;
    int status = 0;
    for (size_t i = 0; i <= option_list_size(a, "input") && !status; i++) {
        const char *path = i < option_list_size(a, "input") ? option_list(a, "input", i)
                                                            : option_text(a, "decisions-csv");
        if (!path)
            continue;
        part_files found;
        status = parts_find(&found, path);
        for (size_t part = 0; part < found.count && !status; part++) {
            const char *from = found.path[part], *slash = strrchr(from, '/');
            char *to = need_format("%s/inputs/%zu_%s", folder, i, slash ? slash + 1 : from);
            status = output_copy(from, to);
            free(to);
        }
        parts_free(&found);
    }
    return status;
}

static json_t *summary(const prep *p) {
    return prep_summary(p->arguments, p->run_id, &p->items, &p->all, &p->parts, &p->cold,
                        p->users.as_of);
}

static int write_file(const prep *p, const char *folder, int which) {
    static const char *const names[] = {"item_features", "user_features", "interactions_train",
                                        "interactions_val", "negatives_val"};
    char *path = need_format("%s/%s.parquet", folder, names[which]);
    int status = which == 0   ? item_table_write(&p->items, path)
                 : which == 1 ? user_table_write(&p->users, path, &p->items)
                              : interaction_write(which == 2   ? &p->parts.train
                                                  : which == 3 ? &p->parts.val
                                                               : &p->parts.negatives,
                                                  path, p->all.user_id, &p->items);
    free(path);
    return status;
}

static int write_cold(const prep *p, const char *folder) {
    char *items = need_format("%s/cold_items.parquet", folder);
    char *rows = need_format("%s/interactions_cold.parquet", folder);
    int status = item_mask_write(p->cold.mask, items, &p->items);
    if (!status)
        status = interaction_write(&p->cold.rows, rows, p->all.user_id, &p->items);
    free(items);
    free(rows);
    return status;
}

static int write_folder(const prep *p, const char *folder) {
    int status = 0;
    for (int which = 0; which < 5 && !status; which++) {
        progress_show("writing tables", (uint64_t)which, 5);
        status = interrupted();
        if (!status)
            status = write_file(p, folder, which);
    }
    if (!status && p->cold.mask)
        status = write_cold(p, folder);
    if (!status && option_flag(p->arguments, "snapshot-inputs"))
        status = snapshot(p, folder);
    if (status)
        return status;
    char *path = need_format("%s/summary.json", folder);
    status = json_write(summary(p), path);
    free(path);
    return status;
}

static int copy_table(const prep *p, const char *option_name, const char *table) {
    const char *to = option_text(p->arguments, option_name);
    if (!to)
        return 0;
    char *from = need_format("%s/runs/%s/%s", p->root, p->run_id, table);
    int status = output_copy(from, to);
    free(from);
    return status;
}

static int write_outputs(prep *p) {
    p->root = need_format("%s/processed/two_tower", option_text(p->arguments, "out-dir"));
    char *folder = need_format("%s/runs/%s", p->root, p->run_id), *temporary = NULL;
    char *target = need_format("runs/%s", p->run_id), *link = need_format("%s/latest", p->root);
    int status = output_folder_begin(folder, &temporary);
    if (!status) {
        status = write_folder(p, temporary);
        if (!status)
            status = output_folder_commit(temporary, folder);
        else
            output_folder_abandon(temporary);
    }
    if (!status)
        status = output_link(target, link);
    if (!status)
        status = copy_table(p, "out-train", "interactions_train.parquet");
    if (!status)
        status = copy_table(p, "out-val", "interactions_val.parquet");
    free(temporary);
    free(folder);
    free(target);
    free(link);
    return status;
}

static int report(const prep *p) {
    json_t *made = summary(p);
    if (result_given(json_incref(made))) {
        json_decref(made);
        return result_flush();
    }
    if (p->all.unknown_items)
        warning("%llu of %llu rows name a video that the catalogue does not have, such as %.*s; "
                "they are left out",
                (unsigned long long)p->all.unknown_items, (unsigned long long)p->all.read,
                (int)p->all.unknown_example.len, p->all.unknown_example.at);
    if (p->all.without_id)
        warning("%llu of %llu rows have no id of a user or of a video (empty, NULL or NaN); they "
                "are left out",
                (unsigned long long)p->all.without_id, (unsigned long long)p->all.read);
    result_line("%llu rows read, %zu kept (%llu seen twice), %u users, %u videos",
                (unsigned long long)p->all.read, p->all.rows.count,
                (unsigned long long)p->all.duplicates, p->all.users, p->items.count);
    prep_summary_tell(made);
    json_decref(made);
    if (p->inserted)
        result_line("%llu videos that only the input names were put into the store",
                    (unsigned long long)p->inserted);
    result_line("train %zu, validation %zu", p->parts.train.count, p->parts.val.count);
    if (p->cold.mask)
        result_line("cold: %u videos with %zu rows, held out whole", p->cold.count,
                    p->cold.rows.count);
    result_line("tables in %s/runs/%s (and %s/latest)", p->root, p->run_id, p->root);
    return result_flush();
}

static int run(const arguments *a) {
    prep p = {.arguments = a};
    int status = check(a);
    if (!status)
        status = limit_memory(option_text(a, "max-memory"));
    if (!status)
        status = run_id_choose(p.run_id, option_text(a, "run-id"));
    if (!status)
        status = read_inputs(&p);
    if (!status)
        status = divide(&p);
    if (!status)
        status = write_outputs(&p);
    progress_end();
    if (!status)
        status = report(&p);
    user_table_free(&p.users);
    cold_free(&p.cold);
    split_free(&p.parts);
    observe_free(&p.all);
    item_table_free(&p.items);
    free(p.root);
    return status;
}

const command command_prep = {
    "prep",  "reviews and a catalogue become the tables that training reads",
    NULL,    "twotower prep --db-url file:catalogue --input reviews.csv.gz --min-stars 4",
    options, run,
};

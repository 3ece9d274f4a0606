/* SPDX-License-Identifier: MIT */
/* prep: reviews and a catalogue become the tables that training reads. */
#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_prep.h"
#include "program/options_store.h"
#include "program/steps.h"

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
     "validation: a hash of user and video, each user's newest by reviewed_at, created_at, at, "
     "timestamp, ts, time or date, or --val"},
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

static long long count(const json_t *in, const char *name) {
    return json_integer_value(json_object_get(in, name));
}

/* How the inputs joined the catalogue, and what that does not say of its videos. */
static void tell_joined(const json_t *summary) {
    const json_t *counts = json_object_get(summary, "counts");
    const json_t *missing = json_object_get(counts, "missing");
    result_line("join rate %.4f: %lld rows name no video of the catalogue, %lld of them no content "
                "id",
                json_number_value(json_object_get(counts, "join_rate")),
                count(counts, "unknown_product_url"), count(counts, "unknown_without_content_id"));
    result_line("videos without a release date %lld, tags %lld, performers %lld",
                count(missing, "product_released_at"), count(missing, "tags"),
                count(missing, "performers"));
}

void prep_print(const prep_result *of) {
    if (of->unknown_items)
        warning("%llu of %llu rows name a video that the catalogue does not have, such as %s; "
                "they are left out",
                (unsigned long long)of->unknown_items, (unsigned long long)of->read,
                of->unknown_example);
    if (of->without_id)
        warning("%llu of %llu rows have no id of a user or of a video (empty, NULL or NaN); they "
                "are left out",
                (unsigned long long)of->without_id, (unsigned long long)of->read);
    if (of->future)
        warning(
            "%llu of %llu rows have a time after tomorrow; they are taken as rows without a time",
            (unsigned long long)of->future, (unsigned long long)of->read);
    result_line("%llu rows read, %llu kept (%llu seen twice), %u users, %u videos",
                (unsigned long long)of->read, (unsigned long long)of->kept,
                (unsigned long long)of->duplicates, of->users, of->videos);
    tell_joined(of->summary);
    if (of->inserted)
        result_line("%llu videos that only the input names were put into the store",
                    (unsigned long long)of->inserted);
    result_line("train %zu, validation %zu", of->train, of->val);
    if (of->has_cold)
        result_line("cold: %u videos with %zu rows, held out whole", of->cold_videos,
                    of->cold_rows);
    result_line("tables in %s/runs/%s (and %s/latest)", of->root, of->run_id, of->root);
}

static int run(const arguments *a) {
    prep_settings settings;
    prep_result result = {.read = 0};
    int status = options_prep(&settings, a);
    if (!status)
        status = prep_run(&settings, &result);
    if (!status && !result_given(json_incref(result.summary)))
        prep_print(&result);
    if (!status)
        status = result_flush();
    prep_result_free(&result);
    return status;
}

const command command_prep = {
    "prep",  "reviews and a catalogue become the tables that training reads",
    NULL,    "twotower prep --db-url file:catalogue --input reviews.csv.gz --min-stars 4",
    options, run,
};

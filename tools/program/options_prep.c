/* SPDX-License-Identifier: MIT */
#include "program/options_prep.h"

#include "base/fail.h"
#include "program/options_store.h"

#include <string.h>

static int take_inputs(prep_settings *to, const arguments *a) {
    const char *key = environment_value(a, "TWOTOWER_USER_KEY");
    const int remote = option_given(a, "remote-db-url") || option_given(a, "project-ref");
    const char *source = remote ? "remote-db-url" : "db-url";
    to->store_url = option_text(a, source);
    to->store.database = options_pg(a, source);
    to->insert_unknown = option_flag(a, "insert-unknown-videos");
    to->mode =
        strcmp(option_text(a, "mode"), "explicit") ? INTERACTION_REVIEWS : INTERACTION_EXPLICIT;
    to->input = option_texts(a, "input");
    to->inputs = option_list_size(a, "input");
    to->decisions = option_text(a, "decisions-csv");
    to->rules =
        (interaction_options){option_number(a, "min-stars"), option_number(a, "max-negative-stars"),
                              option_flag(a, "weight-by-stars")};
    to->user_key = option_flag(a, "hash-user-ids") ? key : NULL;
    if (to->insert_unknown && remote)
        return fail(TW_USAGE,
                    "--insert-unknown-videos writes, and a remote catalogue is only read; "
                    "name it by --db-url");
    if (option_flag(a, "hash-user-ids") && (!key || strlen(key) < 16))
        return fail(TW_USAGE,
                    "--hash-user-ids: the variable TWOTOWER_USER_KEY must hold a secret of "
                    "at least 16 characters");
    if (!to->inputs && to->mode == INTERACTION_REVIEWS)
        return fail(TW_USAGE, "--input is needed: the file of reviews");
    return 0;
}

static int take_split(prep_settings *to, const arguments *a) {
    const char *how = option_text(a, "split");
    to->split = !strcmp(how, "file")   ? PREP_BY_FILE
                : !strcmp(how, "time") ? PREP_BY_TIME
                                       : PREP_BY_HASH;
    to->val = option_text(a, "val");
    to->val_ratio = option_number(a, "val-ratio");
    to->cold = option_text(a, "cold");
    to->cold_ratio = option_number(a, "cold-ratio");
    if (!(to->val_ratio >= 0 && to->val_ratio < 1))
        return fail(TW_USAGE, "--val-ratio: a number from 0 to below 1 is expected");
    if (!(to->cold_ratio >= 0 && to->cold_ratio < 1))
        return fail(TW_USAGE, "--cold-ratio: a number from 0 to below 1 is expected");
    if (to->cold_ratio > 0 && to->cold)
        return fail(TW_USAGE, "--cold-ratio and --cold FILE exclude each other");
    if ((to->split == PREP_BY_FILE) != (to->val != NULL))
        return fail(TW_USAGE, "--split file and --val FILE go together");
    if (to->rules.max_negative_stars >= to->rules.min_stars)
        return fail(TW_USAGE, "--max-negative-stars must be below --min-stars");
    return 0;
}

int options_prep(prep_settings *to, const arguments *a) {
    const uint64_t history = option_count(a, "max-history"),
                   negatives = option_count(a, "neg-per-pos");
    *to = prep_settings_default();
    int status = take_inputs(to, a);
    if (!status)
        status = take_split(to, a);
    if (status)
        return status;
    if (history > 1000000 || negatives > 1000)
        return fail(TW_USAGE, "--max-history takes at most 1000000, --neg-per-pos at most 1000");
    to->max_history = (uint32_t)history;
    to->negatives = (uint32_t)negatives;
    if (option_given(a, "as-of"))
        to->as_of = option_instant(a, "as-of");
    to->seed = option_count(a, "seed");
    to->run_id = option_text(a, "run-id");
    to->out_dir = option_text(a, "out-dir");
    to->copy_of_train = option_text(a, "out-train");
    to->copy_of_val = option_text(a, "out-val");
    to->max_memory = option_text(a, "max-memory");
    to->snapshot_inputs = option_flag(a, "snapshot-inputs");
    return 0;
}

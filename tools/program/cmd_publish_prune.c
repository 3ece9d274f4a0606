/* SPDX-License-Identifier: MIT */
/* publish prune, publish reconcile: the artifact store in order. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/active_row.h"
#include "release/prune.h"

#include <stdlib.h>

static const option prune_options[] = {
    {"keep", OPTION_COUNT, "N", "3", NULL, NULL, "how many of the newest runs stay, 3 at least"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "list what would be removed, remove nothing"},
    STORAGE_OPTIONS,
    {0},
};

static const option reconcile_options[] = {
    DATABASE_OPTION,
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

static int run_prune(const arguments *a) {
    publish p;
    int dry_run = option_flag(a, "dry-run");
    if (option_count(a, "keep") < 3 || option_count(a, "keep") > 1000000)
        return fail(TW_USAGE, "--keep takes 3 or more: a rollback needs the runs before");
    int status = options_publish_open(&p, a);
    if (status)
        return status;
    json_t *removed = json_array(), *one;
    size_t at, leftovers = 0;
    status = prune_runs(&p, (size_t)option_count(a, "keep"), dry_run, removed);
    if (!status)
        status = prune_leftovers(&p, dry_run, &leftovers);
    status = publish_ended(status);
    if (!status && json_wanted()) {
        status =
            result_json(json_pack("{s:s, s:b, s:O, s:I}", "storage", p.store->url, "dry_run",
                                  dry_run, "removed", removed, "leftovers", (json_int_t)leftovers));
    } else if (!status) {
        json_array_foreach(removed, at, one)
            result_line("%s %s", dry_run ? "would remove" : "removed", json_string_value(one));
        result_line("%zu runs%s", json_array_size(removed),
                    dry_run ? " would be removed" : " removed");
        if (leftovers)
            result_line("%zu unfinished objects of killed commands%s", leftovers,
                        dry_run ? " would be removed" : " removed");
        status = result_flush();
    }
    json_decref(removed);
    publish_close(&p);
    return status;
}

static int run_reconcile(const arguments *a) {
    publish p;
    json_t *newest = NULL;
    store *database = NULL;
    int healed = 0, moved = 0, status = options_publish_open(&p, a);
    if (status)
        return status;
    status = options_follow_open(&database, a);
    if (!status)
        status = log_point(&p, &healed);
    if (!status)
        status = active_row_follow(database, &p, &moved);
    if (!status)
        status = log_newest(&p, &newest);
    unsigned long long sequence = record_sequence(newest);
    if (!status && json_wanted()) {
        status = result_json(json_pack(
            "{s:s, s:s, s:I, s:i, s:b}", "storage", p.store->url, "environment", p.environment,
            "sequence", (json_int_t)sequence, "pointers_written", healed, "database_moved", moved));
    } else if (!status) {
        result_line("%s is at release %llu; pointers written again: %d%s", p.environment, sequence,
                    healed, moved ? "; the database was moved forward" : "");
        status = result_flush();
    }
    json_decref(newest);
    store_close(database);
    publish_close(&p);
    return publish_ended(status);
}

const command command_publish_prune = {
    "publish prune",
    "old runs leave the store; never one that a release calls current or previous",
    NULL,
    "twotower publish prune --keep 3 --dry-run",
    prune_options,
    run_prune,
};

const command command_publish_reconcile = {
    "publish reconcile",
    "repairs what an interrupted activation left, and compares the database; safe at any time",
    NULL,
    "twotower publish reconcile",
    reconcile_options,
    run_reconcile,
};

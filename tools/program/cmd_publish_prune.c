/* SPDX-License-Identifier: MIT */
/* publish prune, publish reconcile: the artifact store in order. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/prune.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/active_row.h"
#include "release/prune.h"

#include <stdlib.h>

static const option prune_options[] = {
    {"keep", OPTION_COUNT, "N", "3", NULL, NULL, "how many of the newest runs stay, 3 at least"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "list what would be removed, remove nothing"},
    CONNECTION_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, NULL, NULL,
     "also drop old versions of this database's embeddings (postgresql://..., env:NAME)"},
    STORAGE_OPTIONS,
    {0},
};

static const option reconcile_options[] = {
    DATABASE_OPTION,
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

typedef struct pruning {
    uint64_t keep;
    int dry_run;
    pg *db; /* or NULL */
    json_t *removed, *dropped;
    size_t leftovers;
} pruning;

static int prune_all(const publish *p, pruning *work) {
    json_t *kept = json_array();
    int status = prune_runs(p, (size_t)work->keep, work->dry_run, work->removed);
    if (!status)
        status = prune_leftovers(p, work->dry_run, &work->leftovers);
    if (!status && work->db)
        status = prune_kept(p, kept);
    if (!status && work->db)
        status = embeddings_prune(work->db, work->keep, kept, work->dry_run, work->dropped);
    json_decref(kept);
    return publish_ended(status);
}

static int show_pruned(const publish *p, const pruning *work) {
    size_t at;
    json_t *one;
    if (json_wanted())
        return result_json(json_pack("{s:s, s:b, s:O, s:I, s:O}", "storage", p->store->url,
                                     "dry_run", work->dry_run, "removed", work->removed,
                                     "leftovers", (json_int_t)work->leftovers, "dropped",
                                     work->dropped));
    json_array_foreach(work->removed, at, one)
        result_line("%s %s", work->dry_run ? "would remove" : "removed", json_string_value(one));
    result_line("%zu runs%s", json_array_size(work->removed),
                work->dry_run ? " would be removed" : " removed");
    if (work->leftovers)
        result_line("%zu unfinished objects of killed commands%s", work->leftovers,
                    work->dry_run ? " would be removed" : " removed");
    if (work->db)
        embeddings_pruned_show(work->db, work->dropped, work->dry_run);
    return result_flush();
}

static int run_prune(const arguments *a) {
    publish p;
    pruning work = {.keep = option_count(a, "keep"), .dry_run = option_flag(a, "dry-run")};
    if (work.keep < 3 || work.keep > 1000000)
        return fail(TW_USAGE, "--keep takes 3 or more: a rollback needs the runs before");
    int status = options_publish_open(&p, a);
    if (status)
        return status;
    work.removed = json_array();
    work.dropped = json_array();
    if (option_given(a, "db-url")) {
        const pg_settings database = options_pg(a, "db-url");
        status = pg_open(&work.db, &database);
    }
    if (!status)
        status = prune_all(&p, &work);
    if (!status)
        status = show_pruned(&p, &work);
    pg_close(work.db);
    json_decref(work.removed);
    json_decref(work.dropped);
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

/* SPDX-License-Identifier: MIT */
/* Every command of the program. */
#ifndef TOOLS_PROGRAM_COMMANDS_H
#define TOOLS_PROGRAM_COMMANDS_H

#include "program/options.h"

/* In the order of `twotower --help`. */
#define COMMANDS(X) \
    X(ingest) \
    X(prep) \
    X(pull) \
    X(train) \
    X(eval) \
    X(recommend) \
    X(report) \
    X(embed_videos) \
    X(embed_users) \
    X(sync_videos) \
    X(sync_users) \
    X(run) \
    X(upsert) \
    X(verify_row) \
    X(publish_upload) \
    X(publish_activate) \
    X(publish_fetch) \
    X(publish_rollback) \
    X(publish_list) \
    X(publish_verify) \
    X(publish_prune) \
    X(publish_reconcile) \
    X(verify_run) \
    X(notify) \
    X(env) \
    X(keygen) \
    X(db_migrate) \
    X(db_check) \
    X(db_index) \
    X(db_environment) \
    X(db_prune) \
    X(model_inspect) \
    X(model_verify) \
    X(model_run) \
    X(manifest) \
    X(synth) \
    X(bench_core) \
    X(bench_topk) \
    X(man) \
    X(completion)

#define DECLARE_COMMAND(name) extern const command command_##name;
COMMANDS(DECLARE_COMMAND)

/* All of them; ends with NULL. */
extern const command *const commands[];

#endif

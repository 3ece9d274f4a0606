/* SPDX-License-Identifier: MIT */
/* Every command of the program. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

#include "cli/options.h"

#define TWOTOWER_VERSION "0.1.0"

extern const command command_prep, command_train, command_eval, command_embed_videos,
    command_embed_users, command_recommend, command_run, command_synth, command_model_inspect,
    command_manifest, command_model_run, command_upsert, command_verify_row, command_bench_core,
    command_bench_topk, command_man, command_completion, command_publish_upload,
    command_publish_activate, command_publish_fetch, command_publish_rollback, command_publish_list,
    command_publish_verify, command_publish_prune, command_publish_reconcile, command_keygen,
    command_verify_run, command_model_verify;

/* All of them in the order of `twotower --help`; ends with NULL. */
extern const command *const commands[];

#endif

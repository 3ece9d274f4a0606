/* SPDX-License-Identifier: MIT */
/* The options of the commands that embed a running catalogue. */
#ifndef TOOLS_PROGRAM_OPTIONS_LIVE_H
#define TOOLS_PROGRAM_OPTIONS_LIVE_H

#include "program/options_store.h"
#include "serving/embed_users.h"
#include "serving/embed_videos.h"

/* The options that `embed videos` and `embed users` share. */
#define LIVE_OPTIONS \
    STORE_OPTIONS, \
        {"artifacts-dir",          OPTION_TEXT, "DIR", "ml/artifacts/latest", NULL, NULL, \
         "run folder of the model"}, \
        {"output-dir", \
         OPTION_TEXT, \
         "DIR", \
         "ml/artifacts/live", \
         NULL, \
         NULL, \
         "where the embeddings are written"}, \
        {"format", \
         OPTION_CHOICE, \
         "FORMAT", \
         "parquet", \
         NULL, \
         "parquet|csv", \
         "csv: id,v1,...,vD without a header"}, \
        {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "count only, write nothing"}, { \
        "skip-upsert", OPTION_FLAG, NULL, NULL, NULL, NULL, "leave the store as it is" \
    }

/* The texts are those of `given`. */
embed_videos_settings options_embed_videos(const arguments *given);
/* Fails with TW_USAGE. */
int options_embed_users(embed_users_settings *settings, const arguments *given);

#endif

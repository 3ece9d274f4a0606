/* SPDX-License-Identifier: MIT */
/* The videos of a store that a model has not embedded as they are. */
#ifndef TOOLS_SERVING_EMBED_VIDEOS_H
#define TOOLS_SERVING_EMBED_VIDEOS_H

#include "serving/live.h"

typedef struct embed_videos_settings {
    live_settings live;
    const char *output_dir; /* the embeddings go into video_embedding_syncs/<run_id> of it */
    const char *run_id;     /* of this sync; "auto": the time */
    int strict;             /* a field whose tokens the model does not know is TW_INPUT */
    int include_existing;   /* also what has an embedding of this model that still holds */
} embed_videos_settings;

typedef struct embed_videos_result {
    char run_id[RUN_ID];
    char model_version[64];
    uint64_t videos, existing, embedded; /* read; of these embedded already, and now */
    uint64_t unknown;                    /* of the embedded ones, without a token that is known */
    int upserted;                        /* the store has them */
    char *folder;
    json_t *summary; /* the document of summary.json */
} embed_videos_result;

/* The folder appears whole or not at all, then the store changes. The result is to be freed on
 * failure too. */
int embed_videos_run(const embed_videos_settings *settings, embed_videos_result *result);
void embed_videos_result_free(embed_videos_result *result);

#endif

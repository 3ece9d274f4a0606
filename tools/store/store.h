/* SPDX-License-Identifier: MIT */
/*
 * The catalogue store: videos, decisions and profiles come out of it, embeddings
 * go in and out.  One interface; `file:DIR` is a folder of CSV tables named as
 * in the database, with embeddings as Parquet beside them.
 */
#ifndef TOOLS_STORE_STORE_H
#define TOOLS_STORE_STORE_H

#include "twotower.h"

#include <stdint.h>

/* One row of `videos` with its tags and performers. Text is valid in the call. */
typedef struct video {
    tt_text id, product_url, external_id, title, maker, label, series, source;
    tt_text released_at;            /* product_released_at, ISO 8601 or empty */
    double price, duration_seconds; /* NaN: missing */
    const tt_text *tag, *performer; /* ascending by bytes, no duplicates */
    uint32_t tags, performers;
} video;

typedef enum decision_type { DECISION_LIKE, DECISION_DISLIKE, DECISION_SKIP } decision_type;

/* One row of `user_video_decisions`. */
typedef struct decision {
    tt_text user_id, video_id;
    decision_type type;
    int64_t at; /* created_at, seconds since 1970; INT64_MIN where it is empty */
} decision;

/* One row of `video_embeddings` or `user_embeddings`. */
typedef struct embedding_row {
    tt_text id, model_version, input_digest; /* digest: 16 hexadecimal digits */
    const float *vector;
    uint32_t dim;
    int64_t updated_at;
} embedding_row;

typedef enum embedding_kind { VIDEO_EMBEDDINGS, USER_EMBEDDINGS } embedding_kind;

typedef struct store store;

/* Callbacks return 0, or a status that ends the pass and is returned. */
typedef int (*video_callback)(void *context, const video *row);
typedef int (*decision_callback)(void *context, const decision *row);
typedef int (*embedding_callback)(void *context, const embedding_row *row);

typedef struct store_operations {
    /* In catalogue order. Fails with TW_INPUT on a missing column, a wrong
     * type, an id twice; tags of unknown videos are counted, not fatal. */
    int (*videos)(store *store, video_callback row, void *context);
    /* In table order; no table: no rows. Likes are LIKE; dislikes DISLIKE and
     * NOPE; skips SKIP (any case). Anything else is refused. */
    int (*decisions)(store *store, decision_callback row, void *context);
    /* No table: no rows. */
    int (*embeddings)(store *store, embedding_kind kind, embedding_callback row, void *context);
    /* Merges rows into the table by id and model version, all or none: begin, put
     * each, then commit or abandon. */
    int (*upsert_begin)(store *store, embedding_kind kind, uint32_t dim);
    int (*upsert_put)(store *store, const embedding_row *row);
    int (*upsert_commit)(store *store);
    void (*upsert_abandon)(store *store);
    void (*close)(store *store);
} store_operations;

/* What every implementation begins with. */
struct store {
    const store_operations *operations;
    char *url;
};

/* Opens `file:DIR`; another scheme fails with TW_USAGE, a missing folder with
 * TW_IO. */
int store_open(store **opened, const char *url);
void store_close(store *store);

/* The embedded default: a folder of CSV tables. */
int file_store_open(store **opened, const char *folder);

#endif

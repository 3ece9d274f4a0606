/* SPDX-License-Identifier: MIT */
/*
 * The catalogue store: videos, decisions and profiles come out of it, embeddings
 * go in and out.  One interface; `file:DIR` is a folder of CSV tables named as
 * in the database, with embeddings as Parquet beside them, and `postgresql://...`
 * is the database, read in one snapshot.
 */
#ifndef TOOLS_CATALOGUE_STORE_H
#define TOOLS_CATALOGUE_STORE_H

#include "catalogue/pg/settings.h"
#include "twotower.h"

#include <jansson.h>
#include <stdint.h>

/* One row of `videos` with its tags and performers. Text is valid in the call. */
typedef struct video {
    tt_text id, product_url, external_id, title, maker, label, series, source;
    tt_text released_at;            /* product_released_at, ISO 8601 or empty */
    tt_text image_url;              /* the first of image_urls, or empty */
    double price, duration_seconds; /* NaN: missing */
    const tt_text *tag, *performer; /* ascending by bytes, no duplicates */
    uint32_t tags, performers;
    int embedded;         /* it has an embedding of the model version that was asked for, */
    tt_text input_digest; /* which has this digest, or an empty one */
} video;

typedef enum decision_type { DECISION_LIKE, DECISION_DISLIKE, DECISION_SKIP } decision_type;

/* One row of `user_video_decisions`. */
typedef struct decision {
    tt_text user_id, video_id;
    decision_type type;
    int64_t at; /* created_at, seconds since 1970; INT64_MIN where it is empty */
} decision;

/* One row of `profiles` that says when. */
typedef struct profile {
    tt_text user_id;
    int64_t since; /* created_at, seconds since 1970 */
} profile;

/* One row of `video_embeddings` or `user_embeddings`. */
typedef struct embedding_row {
    tt_text id, model_version, input_digest; /* digest: 16 hexadecimal digits */
    const float *vector;
    uint32_t dim;
    int64_t updated_at; /* the time it is of: a later one of the same id and version stays */
} embedding_row;

/* Videos as an ingest brings them, and what it then knows. */
typedef struct store_listings {
    const char *source;
    /* Array of {"external_id", "id" (of a new row), and of the rest what is known: "product_url",
     * "title", "maker", "label", "series", "source", "product_released_at", "price",
     * "duration_seconds", "image_urls": [...], "tags": [...], "performers": [{"id", "name"}]}.
     * What is absent stays as it is; tags and performers are replaced whole. */
    const json_t *listings;
    const json_t *state; /* {"watermark": INSTANT, "cursor": ... or null} */
    int dry;             /* count only */
} store_listings;

typedef struct listing_counts {
    uint64_t added, changed, same;
} listing_counts;

typedef enum embedding_kind { VIDEO_EMBEDDINGS, USER_EMBEDDINGS } embedding_kind;

/* Which model version an environment serves. */
typedef struct release_row {
    const char *environment, *model_version;
    uint64_t sequence;
    const char *manifest_sha256;
} release_row;

/* Does the row, as release_read gives it, name this very run? An SHA-256 that nobody wrote down
 * is not compared. */
int release_is(const json_t *row, const char *model_version, const char *manifest_sha256);

typedef struct store store;

/* Callbacks return 0, or a status that ends the pass and is returned. */
typedef int (*video_callback)(void *context, const video *row);
typedef int (*decision_callback)(void *context, const decision *row);
typedef int (*profile_callback)(void *context, const profile *row);
typedef int (*embedding_callback)(void *context, const embedding_row *row);

typedef struct store_operations {
    /* In catalogue order. Fails with TW_INPUT on a missing column, a wrong
     * type, an id twice; tags of unknown videos are counted, not fatal. `version`: the model
     * version that `embedded` and `input_digest` of the rows are of; NULL: they stay empty. */
    int (*videos)(store *store, const char *version, video_callback row, void *context);
    /* In table order; no table: no rows. Likes are LIKE; dislikes DISLIKE and
     * NOPE; skips SKIP (any case). Anything else is refused. */
    int (*decisions)(store *store, decision_callback row, void *context);
    /* In any order; no table, or none that says when: no rows. */
    int (*profiles)(store *store, profile_callback row, void *context);
    /* Those of one model version (NULL: of all); no table: no rows. */
    int (*embeddings)(store *store, embedding_kind kind, const char *version,
                      embedding_callback row, void *context);
    /* The video embeddings of a model version of some ids, in any order. */
    int (*embeddings_of)(store *store, const char *version, const tt_text *ids, size_t count,
                         embedding_callback row, void *context);
    /* Merges rows into the table by id and model version, all or none: begin, put
     * each, then commit or abandon. */
    int (*upsert_begin)(store *store, embedding_kind kind, uint32_t dim);
    int (*upsert_put)(store *store, const embedding_row *row);
    int (*upsert_commit)(store *store);
    void (*upsert_abandon)(store *store);
    /* Makes a version the active one; *moved 0: the environment is as far or farther, and nothing
     * has changed.  Fails where the version has no video embeddings; with TW_CONFLICT where the
     * same sequence has another version or another SHA-256. */
    int (*release_move)(store *store, const release_row *row, int *moved);
    /* What an environment serves: {"model_version", "sequence", "manifest_sha256" (or null)};
     * *row is NULL where that is nothing.  The caller releases it. */
    int (*release_read)(store *store, const char *environment, json_t **row);
    /* Rows are found by external_id, or by product_url where they have none yet.  Only those
     * that differ are written, with the state, all or none (file: each table whole, the
     * state last). */
    int (*list_videos)(store *store, const store_listings *batch, listing_counts *counts);
    /* The state of a source, NULL where there is none; the caller releases it. */
    int (*ingest_state)(store *store, const char *source, json_t **state);
    /* Takes a job of an environment for this process, or prolongs it; one at a time has it.  Who
     * comes too late fails with TW_CONFLICT, which says who has it and since when.  A holder that
     * died loses it: at once where that can be seen, else when its lease is over (JOB_LEASE).
     * Closing the store gives it back. */
    int (*job_acquire)(store *store, const char *environment, const char *job);
    void (*close)(store *store);
} store_operations;

enum { JOB_LEASE = 1800 }; /* seconds */

/* What every implementation begins with. */
struct store {
    const store_operations *operations;
    char *url;  /* file:DIR, or host:port/database: it may be shown */
    int halves; /* embeddings are kept in half precision, rounded to nearest even */
};

typedef struct store_settings {
    pg_settings database; /* its `source` is also what failures call the URL of the store */
} store_settings;

/* fail(TW_CONFLICT): the row's sequence has another run. */
int release_conflict(const store *store, const release_row *row);

/* Opens file:DIR or postgresql://...; NULL: the database of the settings.  Another scheme fails
 * with TW_USAGE, a missing folder with TW_IO, the database with TW_DATABASE. */
int store_open(store **opened, const char *url, const store_settings *settings);
void store_close(store *store);

/* The embedded default: a folder of CSV tables. */
int file_store_open(store **opened, const char *folder);
/* The database: tools/catalogue/pg. */
int pg_store_open(store **opened, const pg_settings *settings);

#endif

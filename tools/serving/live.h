/* SPDX-License-Identifier: MIT */
/* Embeddings of the running catalogue: written as a file and merged into the
 * store under the model's version. */
#ifndef TOOLS_SERVING_LIVE_H
#define TOOLS_SERVING_LIVE_H

#include "catalogue/embeddings.h"
#include "catalogue/store.h"
#include "serving/embedder.h"
#include "serving/model_file.h"

#include <jansson.h>

typedef struct live_settings {
    const char *run;       /* folder of the model */
    const char *store_url; /* as of store_open */
    store_settings store;
    int csv;         /* the file is CSV, not Parquet */
    int dry;         /* count only, write nothing */
    int skip_upsert; /* leave the store as it is */
} live_settings;

typedef struct live {
    live_settings settings;
    model_file model;
    store *store;
    embedder rows;
    embedding_kind kind;
    embedding_writer *out;
    float *vector;
    uint64_t written;
    int64_t now;
    int64_t of; /* the time that the embeddings are of: now, or earlier; a later one in the store
                   stays */
    int upserting;
} live;

/* Opens the model, the store and the tower. */
int live_open(live *to, const live_settings *settings, embedding_kind kind);
/* Opens the file of embeddings in `folder` and the upsert; nothing in a dry run. */
int live_begin(live *to, const char *folder);
/* Takes the row that `rows` embedded last into `vector`. */
int live_put(live *to, tt_text id);
/* The file appears; then, once it is in place, live_upsert changes the store. */
int live_commit(live *to);
int live_upsert(live *to);
void live_close(live *to); /* abandons what was not committed */

/* What both summaries begin with. */
json_t *live_summary(const live *of);
/* Copies the run's model_meta.json, where it has one, into `folder`. */
int live_copy_meta(const live *from, const char *folder);

#endif

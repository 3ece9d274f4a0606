/* SPDX-License-Identifier: MIT */
/* Embeddings of the running catalogue: written as a file and merged into the
 * store under the model's version. */
#ifndef TOOLS_SERVING_LIVE_H
#define TOOLS_SERVING_LIVE_H

#include "catalogue/embeddings.h"
#include "program/options.h"
#include "program/options_store.h"
#include "serving/embedder.h"
#include "serving/model_file.h"

#include <jansson.h>

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

typedef struct live {
    const arguments *arguments;
    model_file model;
    store *store;
    embedder rows;
    embedding_kind kind;
    embedding_writer *out;
    float *vector;
    uint64_t written;
    int64_t now;
    int upserting;
} live;

/* Opens the model, the store and the tower. */
int live_open(live *to, const arguments *arguments, embedding_kind kind);
/* Opens the file of embeddings in `folder` and the upsert; nothing with --dry-run. */
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

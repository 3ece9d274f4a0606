/* SPDX-License-Identifier: MIT */
/* video_embeddings and user_embeddings: as files of a run, and as a table on disk (base/disk.h)
 * to rank with. */
#ifndef TOOLS_CATALOGUE_EMBEDDINGS_H
#define TOOLS_CATALOGUE_EMBEDDINGS_H

#include "base/arena.h"
#include "base/map.h"
#include "catalogue/store.h"

typedef struct embedding_writer embedding_writer;

/* Parquet with columns video_id or user_id, embedding, model_version and
 * input_digest; or, as CSV, `id,v1,...,vD` without a header. */
int embedding_create(embedding_writer **writer, const char *path, embedding_kind kind, int as_csv);
int embedding_put(embedding_writer *writer, const embedding_row *row);
int embedding_commit(embedding_writer **writer); /* frees, also on failure */
void embedding_abandon(embedding_writer *writer);

/* The rows of such a Parquet file, of any model; input_digest is empty where the file has none. */
int embedding_read(const char *path, embedding_kind kind, embedding_callback row, void *context);

typedef struct embedding_table {
    uint32_t count, dim;
    tt_text *id;   /* [count] */
    float *vector; /* [count][dim] */
    map by_id;
    size_t _ids, _vectors;
    arena _memory;
} embedding_table;

/* Rows of one model version; those of others are left out. */
int embedding_table_read(embedding_table *table, const char *path, embedding_kind kind,
                         const char *version);
int embedding_table_load(embedding_table *table, store *from, embedding_kind kind,
                         const char *version);
void embedding_table_free(embedding_table *table);

#endif

/* SPDX-License-Identifier: MIT */
/* Is a table of embeddings what is going to be written?  Asked before the first row. */
#ifndef TOOLS_CATALOGUE_PG_PROBE_H
#define TOOLS_CATALOGUE_PG_PROBE_H

#include "catalogue/pg/connect.h"
#include "catalogue/store.h"

typedef struct pg_shape {
    embedding_kind of;
    const char *kind, *table, *key; /* "video", "video_embeddings", "video_id" */
    char *type;                     /* "halfvec(128)", with its schema where it needs one */
    char *schema;                   /* where the type and its operators are, quoted */
    Oid element, array;             /* halfvec and halfvec[] */
} pg_shape;

/* Fails with TW_DATABASE and a sentence that names the migration: no table, no
 * extension, no partitions, another type or dimension, no right to write. */
int pg_probe(pg_shape *shape, pg *db, embedding_kind kind, uint32_t dim);
/* The vectors of that version that are there already have the same dimension. */
int pg_probe_version(const pg_shape *shape, pg *db, const char *version, uint32_t dim);
void pg_shape_free(pg_shape *shape);

#endif

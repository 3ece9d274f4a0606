/* SPDX-License-Identifier: MIT */
/* Rows of embeddings wait in a nameless temporary file, in the binary form that COPY takes, so
 * that a transaction can be run again and memory stays constant. */
#ifndef TOOLS_CATALOGUE_PG_SPOOL_H
#define TOOLS_CATALOGUE_PG_SPOOL_H

#include "catalogue/store.h"

#include <stdio.h>

/* Where the fields of a record begin: each is behind its 4 bytes of length. */
enum {
    SPOOL_ID = 2 + 4,
    SPOOL_DIGEST = SPOOL_ID + 16 + 4,
    SPOOL_TIME = SPOOL_DIGEST + 16 + 4,
    SPOOL_VECTOR = SPOOL_TIME + 8 + 4
};

typedef struct pg_spool {
    FILE *file;
    uint32_t dim;
    uint64_t rows;
    size_t record, vector; /* bytes of a record, and of the vector in it */
    unsigned char *bytes;  /* [record] */
} pg_spool;

int pg_spool_open(pg_spool *spool, uint32_t dim);
/* Fails with TW_INPUT on an id that is no UUID, a digest that is none, and numbers that
 * half precision cannot hold. */
int pg_spool_put(pg_spool *spool, const embedding_row *row);
/* From the first record again. */
int pg_spool_rewind(pg_spool *spool);
/* At most `records` records into `bytes`; gives how many, 0 at the end. */
int pg_spool_read(pg_spool *spool, unsigned char *bytes, size_t records, size_t *got);
void pg_spool_close(pg_spool *spool);

#endif

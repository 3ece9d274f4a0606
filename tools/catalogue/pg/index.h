/* SPDX-License-Identifier: MIT */
/* The HNSW index of one version's video embeddings. */
#ifndef TOOLS_CATALOGUE_PG_INDEX_H
#define TOOLS_CATALOGUE_PG_INDEX_H

#include "catalogue/pg/connect.h"

#include <stdint.h>

typedef enum index_outcome {
    INDEX_BUILT,
    INDEX_THERE,       /* a finished one was there already */
    INDEX_NOT_POSSIBLE /* the server has no pgvector */
} index_outcome;

typedef struct index_report {
    index_outcome outcome;
    uint64_t rows;
    double seconds;
} index_report;

/* Builds the index, in one transaction: readers go on, writers of this version wait.  `workers`
 * parallel ones may help, 0: as the server is set.  An unfinished index is replaced.  `watch`, a
 * second connection, shows how far it is; it may be NULL.  Fails with TW_INPUT where the version
 * has no partition. */
int index_build(pg *db, pg *watch, const char *version, uint64_t workers, index_report *report);

#endif

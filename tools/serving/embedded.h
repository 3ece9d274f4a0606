/* SPDX-License-Identifier: MIT */
/* Whole tables become embeddings, on several threads. */
#ifndef TOOLS_SERVING_EMBEDDED_H
#define TOOLS_SERVING_EMBEDDED_H

#include "serving/model_file.h"
#include "trainer.h"

/* Rows in the order of the table, whatever the number of threads. */
typedef struct embedded {
    uint32_t count, dim;
    float *vector;       /* [count][dim]; zero where the row has no embedding */
    unsigned char *made; /* [count] 1: it has one */
    char (*digest)[17];  /* [count] as embedder_digest has it; NULL unless asked for */
} embedded;

/* What embedder_open and embedder_item or embedder_user say, or TW_INTERRUPTED.
 * embedded_free is safe after a failure. */
int embedded_items(embedded *made, const model_file *model, const tr_item *item, uint32_t count,
                   uint32_t threads, int digests);
int embedded_users(embedded *made, const model_file *model, const tr_user *user, uint32_t count,
                   const tr_item *items, uint32_t threads, int digests);
void embedded_free(embedded *made);

#endif

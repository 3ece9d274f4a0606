/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_COMMON_SCHEMA_LINES_H
#define TRAINER_COMMON_SCHEMA_LINES_H

#include "trainer.h"

/* Of the hash of tokens, in every schema written here. */
enum { TR_HASH_SEED = 0 };

/* Writes vocabulary->lines, the schema of `data` for the key lists that the
 * vocabulary already has. */
tr_status tr_schema_lines(tr_vocabulary *vocabulary, const tr_data *data);

/* The same for TR_MLP, with the numbers of buckets of the spaces. */
tr_status tr_mlp_schema_lines(tr_vocabulary *vocabulary, const tr_data *data,
                              const uint32_t *buckets);

#endif

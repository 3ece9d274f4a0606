/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_DATA_SCHEMA_LINES_H
#define TRAINER_DATA_SCHEMA_LINES_H

#include "trainer.h"

/* Writes vocabulary->lines, the schema of `data` for the key lists that the
 * vocabulary already has. */
tr_status tr_schema_lines(tr_vocabulary *vocabulary, const tr_data *data, uint32_t seed);

#endif

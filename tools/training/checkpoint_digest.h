/* SPDX-License-Identifier: MIT */
/* What a checkpoint belongs to, as text and digests. */
#ifndef TOOLS_TRAINING_CHECKPOINT_DIGEST_H
#define TOOLS_TRAINING_CHECKPOINT_DIGEST_H

#include "format/sha256.h"
#include "trainer.h"

/* `name=value`, separated by spaces, of every option that changes a bit of the
 * model; the caller's to free. */
char *checkpoint_options(const tr_options *options);

void checkpoint_data_digest(const tr_data *data, char hex[SHA256_HEX]);
void checkpoint_vocabulary_digest(const tr_vocabulary *vocabulary, char hex[SHA256_HEX]);

#endif

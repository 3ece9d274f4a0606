/* SPDX-License-Identifier: MIT */
/* train_pairs.gcs: which pairs of user and video a run was trained on, as a Golomb-coded set of
 * their hashes (Putze, Sanders and Singler, 2007): some 26 bits a pair.  A pair that was not
 * trained on is taken for one with a chance of 2^-24 at most; one that was is always found.
 *
 * Bytes: "TTPAIRS1", the number of hashes (u64), their width in bits (u64), then bits from the
 * lowest of each byte on: of each gap between ascending hashes, from 0 on, gap >> 24 ones, a zero,
 * and the low 24 bits. */
#ifndef TOOLS_TRAINING_TRAIN_PAIRS_H
#define TOOLS_TRAINING_TRAIN_PAIRS_H

#include "catalogue/dataset.h"

/* Of the train rows and the histories; the same bytes for the same pairs in any order. */
int train_pairs_write(const dataset *data, const char *folder);

/* held [rows->count] is 1 for rows that the run in `folder` was trained on; *count: how many.
 * Ids are those of `data`.  Fails with TW_INPUT where the run does not say it. */
int train_pairs_find(unsigned char *held, uint64_t *count, const char *folder, const dataset *data,
                     const interaction_list *rows);

/* So many of `rows` may be found by chance: at most five deviations above the mean. */
int train_pairs_by_chance(uint64_t count, uint64_t rows);

#endif

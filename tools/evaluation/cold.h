/* SPDX-License-Identifier: MIT */
/* How a model ranks items that it has never seen anybody rate. */
#ifndef TOOLS_EVALUATION_COLD_H
#define TOOLS_EVALUATION_COLD_H

#include "evaluation/ranking.h"

/* Candidates are the items of cold_items.parquet, targets all likes of
 * interactions_cold.parquet, both beside paths->val (twotower prep --cold-ratio or
 * --cold).  {items, users, metrics, intervals, tag_count, random}: tag_count ranks by
 * the number of tags, as people tag what they watch; random is the expected
 * recall@K of any order, K / items.  Fails with TW_INPUT where train has a row on
 * a cold item. */
int cold_json(json_t **made, const dataset_paths *paths, const ranking_task *task,
              const embedded *users, const embedded *items);

#endif

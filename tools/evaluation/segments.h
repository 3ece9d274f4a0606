/* SPDX-License-Identifier: MIT */
/* The metrics of a ranking for parts of the items and of the users. */
#ifndef TOOLS_EVALUATION_SEGMENTS_H
#define TOOLS_EVALUATION_SEGMENTS_H

#include "evaluation/ranking.h"

/* {items: [...], user_likes: [...], maker: [...]}, each segment {name, users, pairs,
 * recall@K, map@K, intervals}.  Segments of items judge the same lists on the
 * relevant items of the segment alone.
 *   items       warm: with a train like; cold: without; new: without any train row
 *   user_likes  train likes of the user: 0, 1-9, 10-29, 30-99, 100+
 *   maker       the ten with the most validation likes */
int segments_json(json_t **made, const tr_ranking *ranking, const tr_ranking_input *input,
                  const dataset *data);

#endif

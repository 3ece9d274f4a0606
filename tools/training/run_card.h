/* SPDX-License-Identifier: MIT */
/* The part of summary.md that is about quality. */
#ifndef TOOLS_TRAINING_RUN_CARD_H
#define TOOLS_TRAINING_RUN_CARD_H

#include "base/output.h"

#include <jansson.h>

/* Metrics with their intervals and popularity's beside them, the gate's conditions, segments, and
 * the comparison with the baseline, from metrics.json; NULL: it was not evaluated. */
int run_card_put(output *out, const json_t *metrics);

#endif

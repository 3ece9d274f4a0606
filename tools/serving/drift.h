/* SPDX-License-Identifier: MIT */
/* How far what is embedded today lies from what the model learnt: told, never judged. */
#ifndef TOOLS_SERVING_DRIFT_H
#define TOOLS_SERVING_DRIFT_H

#include "base/arena.h"
#include "base/map.h"
#include "catalogue/store.h"
#include "serving/embedder.h"

#include <jansson.h>

enum { DRIFT_COMPARED = 1000 }; /* videos that had a vector already, at most */

typedef struct drift {
    uint64_t rows;
    uint64_t present[TT_MAX_NUMERICS]; /* rows that have the number */
    double sum[TT_MAX_NUMERICS];       /* of the features: in deviations from the model's mean */
    uint64_t replaced;                 /* rows that had a vector of this model */
    tt_text id[DRIFT_COMPARED];        /* the first of them, and their new vectors */
    const float *vector[DRIFT_COMPARED];
    map _by_id;
    uint32_t compared;
    double shift; /* sum of 1 - cosine */
    arena _memory;
} drift;

/* A row that was embedded; `replaced`: it had a vector of this model. */
void drift_take(drift *of, const embedder *rows, tt_text id, const float *vector, int replaced);
/* Compares with what the store has, before it takes the new ones. */
int drift_compare(drift *of, store *store, const char *version);
void drift_free(drift *of);

/* {"rows", "unseen_token_rate", "numerics": [{"name", "form", "mean", "model_mean",
 * "model_deviation", "shift" (in deviations), "missing_rate"}], "replaced", "compared",
 * "mean_cosine_shift"}; null where there was nothing to see. */
json_t *drift_summary(const drift *of, const embedder *rows);

#endif

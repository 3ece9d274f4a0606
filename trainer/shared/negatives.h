/* SPDX-License-Identifier: MIT */
/* Some candidates in place of all, where a catalogue is too large for a softmax over all. */
#ifndef TRAINER_SHARED_NEGATIVES_H
#define TRAINER_SHARED_NEGATIVES_H

#include "shared/batch.h"

typedef struct tr_negatives {
    tr_sampling kind;          /* TR_SAMPLE_NONE: all candidates */
    uint32_t draws;            /* of a step */
    double *cumulative;        /* [candidates] likes ^ 0.75 of it and those before; popularity */
    uint32_t *drawn;           /* [candidates] how often in this step; 0 between steps */
    uint32_t *candidate;       /* [most] candidates of the step, as items, ascending */
    uint32_t *candidate_index; /* [items] the item's place in `chosen`, or TR_NONE */
    float *weight; /* [most] what e^logit of a candidate weighs, but for a user's own targets */
    uint32_t count, max_candidates;
    size_t max_targets; /* of a batch */
} tr_negatives;

/* Room for the batches that `batch` has room for; with TR_SAMPLE_NONE nothing is made. */
tr_status tr_negatives_create(tr_negatives *negatives, const tr_dataset *set,
                              const tr_options *options, const tr_batch *batch);
void tr_negatives_free(tr_negatives *negatives);

/*
 * Draws candidates with replacement and makes them, with the targets of all users,
 * the candidates of the batch.  A drawn candidate weighs times / (draws * dropout)
 * in the sum of a softmax, which is e^-logQ of it, and so makes that sum the right
 * one on average (Bengio and Senecal 2008); a user's own targets weigh 1, drawn or
 * not, and the targets of others that were not drawn nothing.
 */
void tr_negatives_draw(tr_negatives *negatives, tr_batch *batch, const tr_dataset *set,
                       uint64_t seed, uint64_t step);

#endif

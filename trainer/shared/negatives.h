/* SPDX-License-Identifier: MIT */
/* Sampled softmax for catalogues that are too large for a softmax over all candidates. */
#ifndef TRAINER_SHARED_NEGATIVES_H
#define TRAINER_SHARED_NEGATIVES_H

#include "shared/batch.h"

typedef struct tr_negatives {
    tr_sampling kind;          /* TR_SAMPLE_NONE: all candidates */
    uint32_t draws;            /* of a step */
    double *cumulative;        /* [candidates] running sum of likes ^ 0.75 */
    uint32_t *drawn;           /* [candidates] how often in this step; 0 between steps */
    uint32_t *candidate;       /* [max_candidates] items of the step, ascending */
    uint32_t *candidate_index; /* [items] its index in `candidate`, or TR_NONE */
    float *weight;             /* [max_candidates] of e^logit, but for a user's own targets */
    uint32_t count, max_candidates;
    size_t max_targets; /* of a batch */
} tr_negatives;

/* Allocates for the batches of `batch`; with TR_SAMPLE_NONE it allocates nothing. */
tr_status tr_negatives_create(tr_negatives *negatives, const tr_dataset *set,
                              const tr_options *options, const tr_batch *batch);
void tr_negatives_free(tr_negatives *negatives);

/*
 * Draws candidates with replacement; with the targets of all users they are the candidates of
 * the batch.  In the softmax sum a drawn candidate has the weight times drawn / (draws *
 * probability), which is exp(-logQ), so the sum is an unbiased estimate of the full one (Bengio
 * and Senecal 2008).  A user's own targets have weight 1, drawn or not; targets of other users
 * that were not drawn have weight 0.
 */
void tr_negatives_draw(tr_negatives *negatives, tr_batch *batch, const tr_dataset *set,
                       uint64_t seed, uint64_t step);

#endif

/* SPDX-License-Identifier: MIT */
/* What the files of this room share: scores, best lists, metrics of one user,
 * areas under the curve, intervals. */
#ifndef TRAINER_EVAL_EVAL_H
#define TRAINER_EVAL_EVAL_H

#include "common/pool.h"
#include "trainer.h"

/* ---- Scores ---------------------------------------------------------------- */

enum {
    TR_LANES = 8,  /* partial sums of the core's dot product */
    TR_BLOCK = 16, /* items that are scored side by side */
    TR_TILE = 256  /* items of one tile, a multiple of TR_BLOCK */
};

/* dim rounded up to a multiple of TR_LANES. */
size_t tr_score_width(uint32_t dim);

/* Lays rows [count][dim], count <= TR_TILE, out for tr_score_tile: panel
 * [TR_TILE / TR_BLOCK][width][TR_BLOCK], zeros where there is no row or number. */
void tr_score_pack(float *panel, const float *rows, size_t count, uint32_t dim);

/* score [users][TR_TILE] of query [users][width] (zeros from dim on) and a panel.
 * Each score has the bits of tt_dot: products are added in TR_LANES lanes, lane l
 * takes l, l + 8, ..., then ((0+4)+(2+6))+((1+5)+(3+7)); zeros change no bit. */
void tr_score_tile(float *score, const float *query, size_t users, const float *panel,
                   size_t width);

/* ---- The best k of a stream of scores ----------------------------------------- */

typedef struct tr_best {
    tt_hit *hit; /* [k], a heap with the worst hit first; owned by the caller */
    uint32_t count, k;
    float floor; /* a score must be greater to enter */
} tr_best;

void tr_best_begin(tr_best *best, tt_hit *hit, uint32_t k);
/* Offers rows first .. first + count - 1; rows come in ascending order over all
 * calls, so that of equal scores the earlier row stays. A score that is not
 * finite is passed over. */
void tr_best_offer(tr_best *best, uint32_t first, const float *score, size_t count);
/* Writes the rows, best first, and returns how many there are. */
uint32_t tr_best_end(tr_best *best, uint32_t *rows);

/* ---- Metrics --------------------------------------------------------------------- */

/* log2 of a finite x > 0, to about 1e-15 of the result or absolutely. */
double tr_log2(double x);

/* Metrics of one list at cut k. `relevant` [relevant_count] is ascending, not
 * empty; discount[r] = 1 / log2(r + 2), k of them. */
void tr_list_metrics(double value[TR_AT_K], const uint32_t *rows, uint32_t count,
                     const uint32_t *relevant, uint32_t relevant_count, uint32_t k,
                     const double *discount);

/* Coverage, Gini coefficient and novelty of the lists [users][k], of which
 * user u's holds length[u] rows. TR_OK or TR_NO_MEMORY. */
tr_status tr_list_spread(tr_ranking *ranking, const tr_ranking_input *input, const uint32_t *rows,
                         const uint32_t *length, uint32_t users);

/* ---- Area under the curve ----------------------------------------------------------- */

/* Scores as integers in the same order; -0 equals 0 and a NaN is below all. */
uint32_t tr_score_key(float score);

/* The probability that a positive's key is greater than a negative's, ties
 * counting half (Mann and Whitney's U over the pairs). Sorts both. NaN if either is empty. */
double tr_auc(uint32_t *positive, size_t positives, uint32_t *negative, size_t negatives);

/* ---- Intervals ------------------------------------------------------------------------ */

enum { TR_DRAWS = 2000 };

/* mean [columns][TR_DRAWS]: of the first `columns` <= TR_AT_K columns of value
 * [users][stride], users > 0, over TR_DRAWS samples of its rows with replacement.
 * Draw number n samples the same rows for every column and in every call. */
void tr_draw_means(tr_pool *pool, double *mean, const double *value, size_t stride, size_t columns,
                   uint32_t users);
void tr_draws_sort(double *draws); /* [TR_DRAWS], ascending */
/* Between the two nearest of `ascending` [TR_DRAWS], in proportion; 0 <= part < 1. */
double tr_percentile(const double *ascending, double part);

/* Percentiles 2.5 and 97.5 of the means of the first TR_AT_K columns. */
tr_status tr_bootstrap(tr_pool *pool, const double *value, size_t stride, uint32_t users,
                       double low[TR_AT_K], double high[TR_AT_K]);

#endif

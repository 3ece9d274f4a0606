/* SPDX-License-Identifier: MIT */
/* A factorisation of the likes, whose scores the towers learn from. */
#ifndef TRAINER_TEACHER_IALS_H
#define TRAINER_TEACHER_IALS_H

#include "common/pool.h"
#include "teacher/likes.h"

enum { TR_TEACHER_DIM = 128 };

typedef struct tr_teacher {
    float *user; /* [users][TR_TEACHER_DIM] */
    float *item; /* [candidates][TR_TEACHER_DIM] */
} tr_teacher;

/*
 * Implicit alternating least squares (Hu, Koren and Volinsky 2008; the form and
 * the regulariser of Rendle, Krichene, Zhang and Koren, "Revisiting the
 * Performance of iALS on Item Recommendation Benchmarks", 2022).  It makes
 *     sum over likes of (1 - p.q)^2 + a sum over all pairs of (p.q)^2
 *     + l2 * sum over rows x of (likes of x + a * rows of the other side) |x|^2
 * small, where a = 0.1.  The same bits for any number of threads.
 */
typedef struct tr_ials_options {
    double l2;
    uint64_t seed;
    int (*stop)(void *context); /* called after each sweep; not 0: TR_STOPPED */
    void *context;
} tr_ials_options;
tr_status tr_ials(tr_teacher *teacher, tr_pool *pool, const tr_likes *likes,
                  const tr_ials_options *options);
void tr_teacher_free(tr_teacher *teacher);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_TEACHER_CHOOSE_H
#define TRAINER_TEACHER_CHOOSE_H

#include "common/dataset.h"
#include "teacher/ials.h"

/* The L2, 0.01 times a power of 2, whose teacher ranks
 * a held-out tenth of the likes best; options->l2 is not used. */
tr_status tr_choose_l2(double *l2, tr_pool *pool, const tr_dataset *set,
                       const tr_ials_options *options);

#endif

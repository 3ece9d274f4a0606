/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_TEACHER_CHOOSE_H
#define TRAINER_TEACHER_CHOOSE_H

#include "common/dataset.h"
#include "teacher/ials.h"

/* The strength of the regulariser, 0.01 times a power of 2, whose teacher ranks
 * a held-out tenth of the likes best; options->strength is not used. */
tr_status tr_choose_strength(double *strength, tr_pool *pool, const tr_dataset *set,
                             const tr_ials_options *options);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_TEACHER_CHOOSE_H
#define TRAINER_TEACHER_CHOOSE_H

#include "teacher/ials.h"

/* The teacher of a training: the strength of the regulariser that ranks a
 * held-out tenth of the likes best, then all likes with it. */
tr_status tr_teach(tr_teacher *teacher, tr_pool *pool, const tr_dataset *set, uint64_t seed);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef TRAINER_RUN_MLP_TRAIN_H
#define TRAINER_RUN_MLP_TRAIN_H

#include "run/model.h"

/* tr_train for TR_MLP. */
tr_status tr_mlp_train(tr_model **model, const tr_data *data, const tr_vocabulary *vocabulary,
                       const tr_options *options, tr_progress progress, void *context);

#endif

/* SPDX-License-Identifier: MIT */
/* The pickle of a state_dict: for state_dict.c only. */
#ifndef TOOLS_FORMAT_STATE_DICT_PICKLE_H
#define TOOLS_FORMAT_STATE_DICT_PICKLE_H

#include "format/bytes.h"
#include "format/state_dict.h"

void state_dict_pickle(bytes *to, const state_dict_storage *storage,
                       const state_dict_tensor *tensor, size_t tensors);

#endif

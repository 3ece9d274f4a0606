/* SPDX-License-Identifier: MIT */
/* Do the likes of the train table teach anything? */
#ifndef TOOLS_TRAINING_TAUGHT_H
#define TOOLS_TRAINING_TAUGHT_H

#include "catalogue/dataset.h"

/* Refuses with TW_INPUT, and the number, train likes that weigh nothing and (`by_history`: the
 * recipe learns the likes of the histories, as TR_SHARED does) train likes of which more than half
 * stand in no history.  Fewer are a warning, and so are weights that are all alike. */
int taught_check(const dataset *data, const dataset_paths *paths, int by_history);

#endif

/* SPDX-License-Identifier: MIT */
/* What prep says of the tables that it wrote. */
#ifndef TOOLS_TRAINING_PREP_SUMMARY_H
#define TOOLS_TRAINING_PREP_SUMMARY_H

#include <jansson.h>

/* summary.json of the folder that the table stands in, or null where it has none; the caller's.
 * One that is no JSON fails with TW_INPUT. */
int prep_summary_read(json_t **summary, const char *table);

/* Whether the tables hold labels and decisions (prep --mode explicit); without a summary, or a mode
 * in it, they are taken for reviews. */
int prep_summary_explicit(const json_t *summary);

#endif

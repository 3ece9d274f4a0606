/* SPDX-License-Identifier: MIT */
/* summary.json of a prep run: what was read, kept, joined and divided. */
#ifndef TOOLS_TRAINING_SUMMARY_H
#define TOOLS_TRAINING_SUMMARY_H

#include "base/message.h"
#include "program/options.h"
#include "training/cold.h"

json_t *prep_summary(const arguments *arguments, const char *run_id, const item_table *items,
                     const observed *all, const split *parts, const cold_items *cold,
                     int64_t as_of);

/* How the inputs joined the catalogue, and what that does not say of its videos: two lines. */
void prep_summary_tell(const json_t *summary);

#endif

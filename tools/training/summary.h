/* SPDX-License-Identifier: MIT */
/* summary.json of a prep run: what was read, kept, joined and divided. */
#ifndef TOOLS_TRAINING_SUMMARY_H
#define TOOLS_TRAINING_SUMMARY_H

#include "training/cold.h"
#include "training/prep.h"

json_t *prep_summary(const prep_settings *settings, const char *run_id, const item_table *items,
                     const interaction_set *all, const split *parts, const cold_items *cold,
                     int64_t as_of);

/* Appends {path, sha256, size} of every file that was read. */
int prep_inputs(json_t *list, const prep_settings *settings);

#endif

/* SPDX-License-Identifier: MIT */
/* summary.json of a prep run: what was read, kept, joined and divided. */
#ifndef TOOLS_PREP_SUMMARY_H
#define TOOLS_PREP_SUMMARY_H

#include "cli/message.h"
#include "prep/cold.h"

json_t *prep_summary(const arguments *arguments, const char *run_id, const item_table *items,
                     const observed *all, const split *parts, const cold_items *cold,
                     int64_t as_of);

#endif

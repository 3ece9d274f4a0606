/* SPDX-License-Identifier: MIT */
/* What the files of a run folder say, for the report. */
#ifndef TOOLS_REPORT_READ_H
#define TOOLS_REPORT_READ_H

#include <jansson.h>

/* Sets "meta" (model_meta.json), "evaluated" (metrics.json) and "log" (the lines of
 * training.jsonl) of `document`; what the folder does not have is null. */
int report_read_run(json_t *document, const char *folder);

#endif

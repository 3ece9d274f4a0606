/* SPDX-License-Identifier: MIT */
/* The document of metrics.json as lines for people. */
#ifndef TOOLS_EVALUATION_TABLE_H
#define TOOLS_EVALUATION_TABLE_H

#include <jansson.h>

void table_print(const json_t *document, unsigned k);

#endif

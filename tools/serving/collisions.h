/* SPDX-License-Identifier: MIT */
/* What hashing costs: tokens of a catalogue that share a row of the table. */
#ifndef TOOLS_SERVING_COLLISIONS_H
#define TOOLS_SERVING_COLLISIONS_H

#include "twotower.h"

#include <jansson.h>

/* One object per hash space of the catalogue's columns (not of years, which are few): its buckets
 * (null where the model lists its tokens), the catalogue's different tokens, tokens per bucket, the
 * buckets that are used, the tokens that share one, and the most in one.  Fails as item_table_read
 * does. */
int collisions_count(json_t **found, const tt_schema *schema, const char *item_features);

#endif

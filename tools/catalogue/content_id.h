/* SPDX-License-Identifier: MIT */
/* The content id in the address of a video's page: cid=ID or id=ID, also where the address stands
 * percent-encoded in an affiliate link. */
#ifndef TOOLS_CATALOGUE_CONTENT_ID_H
#define TOOLS_CATALOGUE_CONTENT_ID_H

#include "twotower.h"

/* The id, or NULL where there is none; the caller frees it. */
char *content_id(tt_text url);

#endif

/* SPDX-License-Identifier: MIT */
/* The canonical form of a JSON document (RFC 8785): what is signed. */
#ifndef TOOLS_SIGN_CANONICAL_H
#define TOOLS_SIGN_CANONICAL_H

#include "format/bytes.h"

#include <jansson.h>

/* Members in the order of their UTF-16 code units, no blanks, numbers as ECMAScript prints
 * them.  TW_INPUT for a whole number beyond 2^53, which other readers would round. */
int canonical_json(bytes *to, const json_t *document);

#endif

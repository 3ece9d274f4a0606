/* SPDX-License-Identifier: MIT */
/* What a Storage server means by an answer that is not 2xx. */
#ifndef TOOLS_NET_STORAGE_REFUSAL_H
#define TOOLS_NET_STORAGE_REFUSAL_H

#include "net/http.h"

typedef enum refusal { ANOTHER, KEY_REFUSED, THERE_IS_NONE, THERE_IS_ONE } refusal;

/* By the body of the answer.  *meaning: a sentence, or NULL where the body says nothing known. */
refusal refusal_of(const http_response *response, const char **meaning);

#endif

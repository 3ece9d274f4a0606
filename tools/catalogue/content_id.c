/* SPDX-License-Identifier: MIT */
#include "catalogue/content_id.h"

#include "base/fail.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* In place, once. */
static void decode(char *text) {
    char *to = text;
    for (const char *at = text; *at; at++) {
        const int encoded =
            at[0] == '%' && isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
        const char digits[3] = {at[0] ? at[1] : '\0', encoded ? at[2] : '\0', '\0'};
        *to++ = encoded ? (char)strtol(digits, NULL, 16) : *at;
        at += encoded ? 2 : 0;
    }
    *to = '\0';
}

char *content_id(tt_text url) {
    static const char *const marks[] = {"/cid=", "?cid=", "&cid=", "?id=", "&id="};
    char *text = xstrndup(url.at, url.len), *id = NULL;
    decode(text);
    for (size_t i = 0; !id && i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(text, marks[i]);
        size_t len = found ? strcspn(found + strlen(marks[i]), "/&?#") : 0;
        if (len)
            id = xstrndup(found + strlen(marks[i]), len);
    }
    free(text);
    return id;
}

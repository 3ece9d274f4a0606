/* SPDX-License-Identifier: MIT */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef TOOLS_FORMAT_UTF8_H
#define TOOLS_FORMAT_UTF8_H

#include <stddef.h>

/* Length of the longest prefix of whole characters: `len` where all is valid.
 * *cut is 1 when the bytes after the prefix begin a character that the end of
 * the text cuts off, else 0. */
size_t utf8_prefix(const char *text, size_t len, int *cut);

int utf8_valid(const char *text, size_t len);

/* Copies the beginning of a valid text, at most size - 1 bytes of whole
 * characters, with "..." at its end where it was cut; terminated. size > 4. */
void utf8_clip(char *to, size_t size, const char *text, size_t len);

#endif

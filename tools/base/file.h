/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BASE_FILE_H
#define TOOLS_BASE_FILE_H

#include <stddef.h>

/* Reads a whole file of at most `limit` bytes; the bytes are the caller's and end with a
 * NUL that *len does not count. Fails with TW_IO, or TW_INPUT when it is longer. */
int file_read(const char *path, size_t limit, char **bytes, size_t *len);

#endif

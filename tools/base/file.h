/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_BASE_FILE_H
#define TOOLS_BASE_FILE_H

#include <stddef.h>

/* Opens an input for reading: 0, or fails with TW_IO, or with TW_INPUT for a pipe, a device or a
 * socket, which could keep the program waiting for ever.  A folder is told by reading it. */
int file_open(int *fd, const char *path);

/* Reads a whole file of at most `limit` bytes; the bytes are the caller's and end with a
 * NUL that *len does not count. Fails with TW_IO, or TW_INPUT when it is longer. */
int file_read(const char *path, size_t limit, char **bytes, size_t *len);

#endif

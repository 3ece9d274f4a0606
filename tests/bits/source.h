/* SPDX-License-Identifier: MIT */
/* Files of the folder in which a program runs, hosted or by semihosting. */
#ifndef BITS_SOURCE_H
#define BITS_SOURCE_H

#include <stddef.h>

enum { SOURCE_ROOM = 16 << 20 };

/* Memory for what is read, SOURCE_ROOM bytes, aligned for anything. */
unsigned char *source_room(void);

/* A number to read a file by, or -1. */
int source_open(const char *name);

/* Reads at most `len` bytes; returns how many, fewer at the end of the file. */
size_t source_read(int source, void *into, size_t len);

#endif

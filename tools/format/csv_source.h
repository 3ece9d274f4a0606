/* SPDX-License-Identifier: MIT */
/* The bytes of a file, inflated where it is gzip (RFC 1952, any number of members). */
#ifndef TOOLS_FORMAT_CSV_SOURCE_H
#define TOOLS_FORMAT_CSV_SOURCE_H

#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

typedef struct csv_source {
    char *path; /* the file that is read: the one asked for, or its .gz */
    int fd, gzip;
    int inside; /* a gzip member has begun and not ended */
    z_stream inflater;
    unsigned char *buffer;
    size_t at, end;    /* what of the buffer is not used yet */
    uint64_t position; /* bytes read from the file */
} csv_source;

/* Fails with TW_IO. After a failure there is nothing to close. */
int csv_source_open(csv_source *source, const char *path);
void csv_source_close(csv_source *source);

/* Reads 1 .. room bytes; *got is 0 at the end. Fails with TW_IO, TW_INPUT, TW_INTERRUPTED. */
int csv_source_read(csv_source *source, char *to, size_t room, size_t *got);

#endif

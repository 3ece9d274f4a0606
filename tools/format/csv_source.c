/* SPDX-License-Identifier: MIT */
#include "format/csv_source.h"

#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 1 << 16 };

static int read_file(csv_source *source, void *to, size_t room, size_t *got) {
    for (;;) {
        int status = interrupted();
        if (status)
            return status;
        ssize_t n = read(source->fd, to, room);
        if (n >= 0) {
            *got = (size_t)n;
            source->position += (uint64_t)n;
            return 0;
        }
        if (errno != EINTR)
            return fail_errno("read", source->path);
    }
}

/* Refills the empty buffer; source->end is 0 at the end of the file. */
static int fill(csv_source *source) {
    source->at = 0;
    source->end = 0;
    return read_file(source, source->buffer, BUFFER, &source->end);
}

/* gzip is told by its first two bytes, which may come one by one from a pipe. */
static int look_at_magic(csv_source *source) {
    size_t got = 1;
    int status = 0;
    while (!status && got && source->end < 2) {
        status = read_file(source, source->buffer + source->end, BUFFER - source->end, &got);
        source->end += status ? 0 : got;
    }
    source->gzip = source->end >= 2 && source->buffer[0] == 0x1f && source->buffer[1] == 0x8b;
    if (status || !source->gzip)
        return status;
    if (inflateInit2(&source->inflater, 15 + 16) != Z_OK)
        out_of_memory(BUFFER);
    source->inside = 1;
    return 0;
}

static int open_file(csv_source *source, const char *path) {
    source->path = xstrndup(path, strlen(path));
    char *zipped = xasprintf("%s.gz", path);
    if (access(path, F_OK) != 0 && errno == ENOENT && access(zipped, F_OK) == 0) {
        free(source->path);
        source->path = zipped;
    } else {
        free(zipped);
    }
    return file_open(&source->fd, source->path);
}

int csv_source_open(csv_source *source, const char *path) {
    *source = (csv_source){.fd = -1};
    int status = open_file(source, path);
    if (!status) {
        source->buffer = xmalloc(BUFFER);
        status = look_at_magic(source);
    }
    if (status)
        csv_source_close(source);
    return status;
}

void csv_source_close(csv_source *source) {
    if (source->gzip)
        inflateEnd(&source->inflater);
    if (source->fd >= 0)
        close(source->fd);
    free(source->buffer);
    free(source->path);
    *source = (csv_source){.fd = -1};
}

static int damaged(const csv_source *source) {
    return fail(TW_INPUT, "%s: gzip data is damaged at byte %llu; copy or download the file again",
                source->path, (unsigned long long)(source->position - (source->end - source->at)));
}

/* Gives the inflater what is in the buffer; *got may stay 0. */
static int inflate_buffer(csv_source *source, char *to, size_t room, size_t *got) {
    z_stream *z = &source->inflater;
    if (!source->inside)
        inflateReset(z);
    source->inside = 1;
    z->next_in = source->buffer + source->at;
    z->avail_in = (uInt)(source->end - source->at);
    z->next_out = (unsigned char *)to;
    z->avail_out = (uInt)room;
    int code = inflate(z, Z_NO_FLUSH);
    source->at = source->end - z->avail_in;
    *got = room - z->avail_out;
    if (code == Z_STREAM_END)
        source->inside = 0;
    else if (code == Z_MEM_ERROR)
        out_of_memory(BUFFER);
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return damaged(source);
    return 0;
}

static int read_gzip(csv_source *source, char *to, size_t room, size_t *got) {
    *got = 0;
    while (!*got) {
        int status = source->at < source->end ? 0 : fill(source);
        if (status)
            return status;
        if (source->at == source->end && !source->inside)
            return 0;
        if (source->at == source->end)
            return fail(TW_INPUT,
                        "%s: gzip data ends early at byte %llu; copy or download the file again",
                        source->path, (unsigned long long)source->position);
        status = inflate_buffer(source, to, room, got);
        if (status)
            return status;
    }
    return 0;
}

int csv_source_read(csv_source *source, char *to, size_t room, size_t *got) {
    if (room > BUFFER)
        room = BUFFER;
    if (source->gzip)
        return read_gzip(source, to, room, got);
    if (source->at == source->end)
        return read_file(source, to, room, got);
    *got = source->end - source->at < room ? source->end - source->at : room;
    memcpy(to, source->buffer + source->at, *got);
    source->at += *got;
    return 0;
}

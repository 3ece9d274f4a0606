/* SPDX-License-Identifier: MIT */
#include "base/output.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 16, TRIES = 100 };

/* A folder, a device or a pipe is never replaced by a file. */
static int refuse_what_stands_there(const char *path) {
    struct stat status;
    size_t len = strlen(path);
    if (len == 0 || path[len - 1] == '/')
        return fail(TW_IO, "'%s' is not the name of a file", path);
    if (lstat(path, &status) != 0)
        return 0;
    if (S_ISDIR(status.st_mode))
        return fail(TW_IO, "%s: is a folder; give the name of a file", path);
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return fail(TW_IO, "%s: is not a regular file; give another name", path);
    return 0;
}

static int open_temporary(output *out) {
    for (int i = 0; i < TRIES; i++) {
        out->temporary = temporary_name(out->path);
        out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (out->fd >= 0 && temporary_remember(out->temporary) == 0)
            return 0;
        int error = out->fd < 0 ? errno : EEXIST;
        if (out->fd >= 0)
            close(out->fd);
        out->fd = -1;
        free(out->temporary);
        out->temporary = NULL;
        errno = error;
        if (error != EEXIST)
            break;
    }
    return fail_errno("create", out->path);
}

int output_open(output *out, const char *path) {
    *out = (output){NULL, NULL, -1, NULL, 0};
    int status = interrupted();
    if (!status)
        status = refuse_what_stands_there(path);
    if (status)
        return status;
    char *folder = folder_of(path);
    status = output_make_folders(folder);
    free(folder);
    if (status)
        return status;
    out->path = xstrndup(path, strlen(path));
    temporary_clear(path);
    status = open_temporary(out);
    if (status)
        output_abandon(out);
    else
        out->buffer = xmalloc(BUFFER);
    return status;
}

static int write_all(output *out, const unsigned char *bytes, size_t len) {
    int status = interrupted();
    while (!status && len) {
        ssize_t done = write(out->fd, bytes, len);
        if (done > 0) {
            bytes += done;
            len -= (size_t)done;
        } else if (done == 0 || errno != EINTR) {
            status = fail_errno("write", out->path);
        }
    }
    return status;
}

static int flush(output *out) {
    int status = write_all(out, out->buffer, out->used);
    out->used = 0;
    return status;
}

int output_write(output *out, const void *bytes, size_t len) {
    if (len > BUFFER - out->used) {
        int status = flush(out);
        if (status)
            return status;
        if (len >= BUFFER)
            return write_all(out, bytes, len);
    }
    if (len)
        memcpy(out->buffer + out->used, bytes, len);
    out->used += len;
    return 0;
}

int output_restart(output *out) {
    out->used = 0;
    if (ftruncate(out->fd, 0) != 0 || lseek(out->fd, 0, SEEK_SET) < 0)
        return fail_errno("write", out->path);
    return 0;
}

int output_format(output *out, const char *format, ...) {
    char small[512];
    va_list list;
    va_start(list, format);
    int len = vsnprintf(small, sizeof small, format, list);
    va_end(list);
    if (len < 0)
        return fail_errno("format", out->path);
    if ((size_t)len < sizeof small)
        return output_write(out, small, (size_t)len);
    char *text = xmalloc((size_t)len + 1);
    va_start(list, format);
    vsnprintf(text, (size_t)len + 1, format, list);
    va_end(list);
    int status = output_write(out, text, (size_t)len);
    free(text);
    return status;
}

static int close_file(output *out) {
    int fd = out->fd;
    out->fd = -1;
    return close(fd);
}

int output_commit(output *out) {
    int status = flush(out);
    if (!status && fsync(out->fd) != 0 && errno != EINVAL)
        status = fail_errno("write", out->path);
    if (!status && close_file(out) != 0)
        status = fail_errno("write", out->path);
    if (!status && rename(out->temporary, out->path) != 0)
        status = fail_errno("replace", out->path);
    if (!status) {
        temporary_forget(out->temporary);
        free(out->temporary);
        out->temporary = NULL;
        char *folder = folder_of(out->path);
        status = folder_flush(folder);
        free(folder);
    }
    output_abandon(out);
    return status;
}

void output_abandon(output *out) {
    if (out->fd >= 0)
        close_file(out);
    if (out->temporary)
        temporary_remove(out->temporary);
    free(out->path);
    free(out->temporary);
    free(out->buffer);
    *out = (output){NULL, NULL, -1, NULL, 0};
}

int output_copy(const char *from, const char *to) {
    int fd, status = file_open(&fd, from);
    if (status)
        return status;
    output out;
    status = output_open(&out, to);
    unsigned char *bytes = xmalloc(BUFFER);
    ssize_t got = 1;
    while (!status && got != 0) {
        got = read(fd, bytes, BUFFER);
        if (got > 0)
            status = output_write(&out, bytes, (size_t)got);
        else if (got < 0 && errno != EINTR)
            status = fail_errno("read", from);
    }
    free(bytes);
    close(fd);
    if (!status)
        status = output_commit(&out);
    else
        output_abandon(&out);
    return status;
}

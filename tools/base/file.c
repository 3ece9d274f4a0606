/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind_of(mode_t mode) {
    return S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}

int file_open(int *fd, const char *path) {
    struct stat about = {0};
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0 && errno != ENXIO)
        return fail_errno("open", path);
    if (*fd < 0 ? stat(path, &about) != 0 : fstat(*fd, &about) != 0)
        about.st_mode = 0;
    if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
        return 0;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return fail(TW_INPUT,
                "%s: is %s, and a file is expected; write what it gives into a file first", path,
                kind_of(about.st_mode));
}

int file_read(const char *path, size_t limit, char **bytes, size_t *len) {
    size_t capacity = 4096, used = 0;
    int fd, status = file_open(&fd, path);
    *bytes = NULL;
    *len = 0;
    if (status)
        return status;
    char *text = xmalloc(capacity);
    for (ssize_t got = 1; !status && got != 0;) {
        text = xgrow(text, used + 1, &capacity, 1);
        got = read(fd, text + used, capacity - used - 1);
        if (got > 0)
            used += (size_t)got;
        else if (got < 0 && errno != EINTR)
            status = fail_errno("read", path);
        if (!status && used > limit)
            status =
                fail(TW_INPUT, "%s: at most %zu bytes are expected, there are more", path, limit);
    }
    close(fd);
    if (status) {
        free(text);
        return status;
    }
    text[used] = '\0';
    *bytes = text;
    *len = used;
    return 0;
}

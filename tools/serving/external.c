/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "serving/external.h"

#include "base/fail.h"
#include "base/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, const char *path, unsigned char *to, size_t len) {
    while (len > 0) {
        ssize_t got = read(fd, to, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno("read", path);
        if (got == 0)
            return fail(TW_INPUT, "%s: it became shorter while it was read", path);
        to += got;
        len -= (size_t)got;
    }
    return 0;
}

/* The model and its data, side by side, in place of the map of the model. */
static int join(model_file *file, int fd, const char *path, size_t len) {
    unsigned char *both =
        mmap(NULL, file->len + len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED)
        return fail_errno("map", path);
    memcpy(both, file->bytes, file->len);
    int status = read_all(fd, path, both + file->len, len);
    if (status) {
        munmap(both, file->len + len);
        return status;
    }
    munmap(file->bytes, file->mapped);
    file->bytes = both;
    file->mapped = file->len + len;
    file->as.external = len;
    return 0;
}

int external_join(model_file *file) {
    char *path = xasprintf("%s.data", file->path);
    const char *slash = strrchr(path, '/');
    struct stat about;
    int status = 0, fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        status = errno == ELOOP ? fail(TW_INPUT, "%s: a link is not followed", path)
                                : fail_errno("open", path);
    if (fd >= 0 && fstat(fd, &about))
        status = fail_errno("read", path);
    if (fd >= 0 && !status) {
        if (!S_ISREG(about.st_mode) || about.st_nlink != 1)
            status = fail(TW_INPUT, "%s: a plain file with one name is expected", path);
        else if ((uintmax_t)about.st_size > INT32_MAX - file->len)
            status =
                fail(TW_INPUT, "%s: the model and its data have more than 2^31 - 1 bytes", path);
        else
            status = join(file, fd, path, (size_t)about.st_size);
    }
    if (fd >= 0)
        close(fd);
    if (!status && file->as.external) {
        free(file->data_name);
        file->data_name = xstrndup(slash ? slash + 1 : path, strlen(slash ? slash + 1 : path));
        file->as.location = (tt_text){file->data_name, strlen(file->data_name)};
    }
    free(path);
    return status;
}

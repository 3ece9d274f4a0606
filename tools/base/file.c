/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include "base/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int file_read(const char *path, size_t limit, char **bytes, size_t *len) {
    size_t capacity = 4096, used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC), status = 0;
    *bytes = NULL;
    *len = 0;
    if (fd < 0)
        return fail_errno("open", path);
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

/* SPDX-License-Identifier: MIT */
/* A job of an environment is a file that its holder keeps locked: the lock goes with the process.
 */
#include "catalogue/file_store.h"

#include "base/fail.h"
#include "base/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file says who has it and since when: one line. */
static int write_holder(int fd, const char *path) {
    char host[256] = "", now[21], line[320];
    instant_format(now, instant_now());
    (void)gethostname(host, sizeof host - 1);
    int len =
        snprintf(line, sizeof line, "process %ld on %s since %s\n", (long)getpid(), host, now);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, line, (size_t)len, 0) != len)
        return fail_errno("write", path);
    return 0;
}

static int refuse(const store *base, int fd, const char *environment, const char *job) {
    char line[320];
    ssize_t len = pread(fd, line, sizeof line - 1, 0);
    line[len < 0 ? 0 : len] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return fail(TW_CONFLICT,
                "%s: the job %s of %s is in the hands of %s; run this again when it has ended",
                base->url, job, environment, *line ? line : "another process");
}

int file_job_acquire(store *base, const char *environment, const char *job) {
    file_store *files = (file_store *)base;
    if (files->job >= 0)
        return 0; /* a lock needs no renewal */
    char *name = xasprintf("%s.%s.lock", job, environment), *path = file_store_path(files, name);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int status = 0, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        status = fail_errno("open", path);
    else if (fcntl(fd, F_SETLK, &whole) == 0)
        status = write_holder(fd, path);
    else if (errno == EACCES || errno == EAGAIN)
        status = refuse(base, fd, environment, job);
    else
        status = fail_errno("lock", path);
    if (status && fd >= 0)
        close(fd);
    files->job = status ? -1 : fd;
    free(name);
    free(path);
    return status;
}

void file_job_release(file_store *files) {
    if (files->job >= 0)
        close(files->job);
    files->job = -1;
}

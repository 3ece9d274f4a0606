/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: sends the process AT_SIGNAL (a number; SIGKILL) before its call number AT_CALL, of
 * whichever thread: threads share the files that they hash, so only their sum is always the same.
 * Counted is what changes something outside the process (files and sockets); with AT_ALL=1 also
 * what opens or reads (waits and looks at the clock depend on the time); AT_PATH=TEXT: only calls
 * whose path has TEXT in it; AT_AFTER=TEXT: from the first such call on.  AT_COUNT=FILE gets the
 * number of calls of a process that ends by itself.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long calls;
static int begun;

static void count(const char *path) {
    const char *at = getenv("AT_CALL"), *number = getenv("AT_SIGNAL");
    const char *only = getenv("AT_PATH"), *after = getenv("AT_AFTER");
    begun = begun || !after || (path && strstr(path, after));
    if (begun && (!only || (path && strstr(path, only))) &&
        __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) == (at ? atol(at) : 0))
        kill(getpid(), number ? atoi(number) : SIGKILL);
}

static void count_quiet(void) {
    if (getenv("AT_ALL"))
        count(NULL);
}

__attribute__((destructor)) static void put_count(void) {
    const char *path = getenv("AT_COUNT");
    long total = calls;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", total);
        fclose(file);
    }
}

#define WRAP(type, name, path, declared, passed) \
    type name declared { \
        count(path); \
        return REAL(name) passed; \
    }
#define WRAP_QUIET(type, name, declared, passed) \
    type name declared { \
        count_quiet(); \
        return REAL(name) passed; \
    }

WRAP(ssize_t, write, NULL, (int fd, const void *from, size_t len), (fd, from, len))
WRAP(ssize_t, pwrite, NULL, (int fd, const void *from, size_t len, off_t at), (fd, from, len, at))
WRAP(ssize_t, writev, NULL, (int fd, const struct iovec *from, int parts), (fd, from, parts))
WRAP(int, fsync, NULL, (int fd), (fd))
WRAP(int, rename, from, (const char *from, const char *to), (from, to))
WRAP(int, renameat, from, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, link, from, (const char *from, const char *to), (from, to))
WRAP(int, linkat, from, (int a, const char *from, int b, const char *to, int f),
     (a, from, b, to, f))
WRAP(int, unlink, path, (const char *path), (path))
WRAP(int, unlinkat, path, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, rmdir, path, (const char *path), (path))
WRAP(int, mkdir, path, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, path, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, symlink, path, (const char *to, const char *path), (to, path))
WRAP(int, symlinkat, path, (const char *to, int fd, const char *path), (to, fd, path))
WRAP(int, ftruncate, NULL, (int fd, off_t len), (fd, len))
WRAP(int, connect, NULL, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
WRAP(ssize_t, send, NULL, (int fd, const void *from, size_t len, int flags), (fd, from, len, flags))
WRAP(ssize_t, sendto, NULL,
     (int fd, const void *from, size_t len, int flags, const struct sockaddr *to, socklen_t size),
     (fd, from, len, flags, to, size))
WRAP(ssize_t, sendmsg, NULL, (int fd, const struct msghdr *from, int flags), (fd, from, flags))
WRAP_QUIET(ssize_t, read, (int fd, void *to, size_t len), (fd, to, len))
WRAP_QUIET(ssize_t, pread, (int fd, void *to, size_t len, off_t at), (fd, to, len, at))
WRAP_QUIET(ssize_t, recv, (int fd, void *to, size_t len, int flags), (fd, to, len, flags))

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (flags & O_CREAT)
        count(path);
    else
        count_quiet();
    return REAL(open)(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (flags & O_CREAT)
        count(path);
    else
        count_quiet();
    return REAL(openat)(fd, path, flags, mode);
}

/* renameat2, where the C library has no function for it. */
long syscall(long number, ...) {
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    count(NULL);
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

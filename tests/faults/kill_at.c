/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: kills the process (SIGKILL) before its call number KILL_AT that changes files.
 * KILL_COUNT=FILE gets the number of such calls of a process that ends by itself.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static long calls;

static void count(void) {
    const char *at = getenv("KILL_AT");
    if (at && ++calls == atol(at))
        raise(SIGKILL);
    else if (!at)
        calls++;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("KILL_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(type, name, declared, passed) \
    type name declared { \
        count(); \
        return REAL(name) passed; \
    }

WRAP(ssize_t, write, (int fd, const void *from, size_t len), (fd, from, len))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int f), (a, from, b, to, f))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
WRAP(int, rmdir, (const char *path), (path))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
WRAP(int, symlink, (const char *to, const char *path), (to, path))
WRAP(int, ftruncate, (int fd, off_t len), (fd, len))

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (flags & O_CREAT)
        count();
    return REAL(open)(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    if (flags & O_CREAT)
        count();
    return REAL(openat)(fd, path, flags, mode);
}

long syscall(long number, ...) {
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    count();
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: lets call number FAIL_CALL of the kind FAIL_KIND fail once, as if memory, disk or
 * network did: malloc, open, write, fsync, rename, read, connect (each with its brothers).
 * FAIL_COUNT=FILE gets the number of calls of a process that ends by itself.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long calls, wanted;
static const char *kind;

__attribute__((constructor)) static void begin(void) {
    const char *call = getenv("FAIL_CALL");
    wanted = call ? atol(call) : 0;
    kind = getenv("FAIL_KIND");
}

/* Whether this call is the one; what came before main was read is not counted. */
static int fails(const char *of, int reason) {
    if (!kind || strcmp(kind, of) != 0 || __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST) != wanted)
        return 0;
    errno = reason;
    return 1;
}

__attribute__((destructor)) static void put_count(void) {
    const char *path = getenv("FAIL_COUNT");
    long total = calls;
    kind = NULL;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", total);
        fclose(file);
    }
}

#define WRAP(type, name, of, reason, bad, declared, passed) \
    type name declared { \
        return fails(of, reason) ? (bad) : REAL(name) passed; \
    }

WRAP(ssize_t, write, "write", ENOSPC, -1, (int fd, const void *from, size_t len), (fd, from, len))
WRAP(ssize_t, pwrite, "write", ENOSPC, -1, (int fd, const void *from, size_t len, off_t at),
     (fd, from, len, at))
WRAP(ssize_t, writev, "write", ENOSPC, -1, (int fd, const struct iovec *from, int n), (fd, from, n))
WRAP(int, ftruncate, "write", EIO, -1, (int fd, off_t len), (fd, len))
WRAP(int, mkdir, "open", EACCES, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, fsync, "fsync", EIO, -1, (int fd), (fd))
WRAP(int, close, "fsync", EIO, (REAL(close)(fd), -1), (int fd), (fd))
WRAP(int, rename, "rename", EIO, -1, (const char *from, const char *to), (from, to))
WRAP(int, renameat, "rename", EIO, -1, (int a, const char *from, int b, const char *to),
     (a, from, b, to))
WRAP(int, linkat, "rename", EIO, -1, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, symlink, "rename", EIO, -1, (const char *to, const char *path), (to, path))
WRAP(int, unlink, "rename", EIO, -1, (const char *path), (path))
WRAP(ssize_t, read, "read", EIO, -1, (int fd, void *to, size_t len), (fd, to, len))
WRAP(ssize_t, pread, "read", EIO, -1, (int fd, void *to, size_t len, off_t at), (fd, to, len, at))
WRAP(DIR *, opendir, "read", EMFILE, NULL, (const char *path), (path))
WRAP(int, connect, "connect", ECONNREFUSED, -1, (int fd, const struct sockaddr *to, socklen_t len),
     (fd, to, len))
WRAP(ssize_t, send, "connect", ECONNRESET, -1, (int fd, const void *from, size_t len, int flags),
     (fd, from, len, flags))
WRAP(ssize_t, recv, "connect", ECONNRESET, -1, (int fd, void *to, size_t len, int flags),
     (fd, to, len, flags))
WRAP(FILE *, fopen, "open", EMFILE, NULL, (const char *path, const char *mode), (path, mode))

static mode_t mode_of(int flags, va_list list) {
    return flags & O_CREAT ? va_arg(list, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails("open", EMFILE) ? -1 : REAL(open)(path, flags, mode);
}

int openat(int fd, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = mode_of(flags, list);
    va_end(list);
    return fails("open", EMFILE) ? -1 : REAL(openat)(fd, path, flags, mode);
}

/* renameat2, where the C library has no function for it. */
long syscall(long number, ...) {
    va_list list;
    long a[6];
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_renameat2 && fails("rename", EIO))
        return -1;
    return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* By the C library's other names: dlsym itself takes memory. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size) {
    return fails("malloc", ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return fails("malloc", ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    return fails("malloc", ENOMEM) ? NULL : __libc_realloc(old, size);
}

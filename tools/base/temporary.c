/* SPDX-License-Identifier: MIT */
#include "base/temporary.h"

#include "base/fail.h"
#include "base/output.h"
#include "base/random.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef struct temporary temporary;
struct temporary {
    temporary *next;
    char *path;
    int lock; /* a descriptor that keeps others from removing it, or -1 */
};

static temporary *open_ones;

char *path_trimmed(const char *path) {
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return xstrndup(path, len);
}

char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return xstrndup(".", 1);
    return xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

char *temporary_name(const char *path) {
    char random[RANDOM_NAME];
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    random_name(random);
    return xasprintf("%.*s.%s.tmp-%s", (int)(base - path), path, base, random);
}

/* A lock goes with its process, whatever number that has in whose namespace. -1: there is none. */
static int lock_of(const char *path) {
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return -1;
}

int temporary_remember(const char *path) {
    struct stat about;
    temporary *one = xmalloc(sizeof *one);
    *one = (temporary){open_ones, xstrndup(path, strlen(path)), lock_of(path)};
    int taken = one->lock < 0 && errno == EWOULDBLOCK;
    open_ones = one;
    /* Somebody who clears may have come before the lock, or is at it. */
    if (!taken && lstat(path, &about) == 0)
        return 0;
    temporary_forget(path);
    return -1;
}

void temporary_forget(const char *path) {
    for (temporary **at = &open_ones; *at; at = &(*at)->next) {
        temporary *one = *at;
        if (strcmp(one->path, path) == 0) {
            *at = one->next;
            if (one->lock >= 0)
                close(one->lock);
            free(one->path);
            free(one);
            return;
        }
    }
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status;
    (void)where;
    return type == FTW_DP || type == FTW_DNR ? rmdir(path) : unlink(path);
}

int temporary_remove(const char *path) {
    int result = nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    temporary_forget(path);
    return result == 0 || errno == ENOENT ? 0 : -1;
}

/* Is it a name `.<base>.tmp-<16 digits>`? */
static int is_of(const char *name, const char *base) {
    size_t len = strlen(base);
    if (name[0] != '.' || strncmp(name + 1, base, len) != 0 ||
        strncmp(name + 1 + len, ".tmp-", 5) != 0)
        return 0;
    const char *random = name + 1 + len + 5;
    return strlen(random) == RANDOM_NAME - 1 &&
           strspn(random, "0123456789abcdef") == RANDOM_NAME - 1;
}

/* Whom a lock belongs to is alive.  Some file systems have no locks: there the age decides. */
static void clear_one(const char *path) {
    enum { UNLOCKED_AGE = 86400 }; /* seconds */
    struct stat about, locked;
    if (lstat(path, &about) != 0 || about.st_uid != geteuid())
        return;
    int lock = lock_of(path);
    if (lock < 0 && (errno == EWOULDBLOCK || time(NULL) - about.st_mtime < UNLOCKED_AGE))
        return;
    if (lock < 0 || (fstat(lock, &locked) == 0 && locked.st_ino == about.st_ino))
        (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (lock >= 0)
        close(lock);
}

void temporary_clear(const char *path) {
    char *name = path_trimmed(path), *folder = folder_of(name);
    const char *slash = strrchr(name, '/');
    DIR *all = opendir(folder);
    for (const struct dirent *entry = all ? readdir(all) : NULL; entry; entry = readdir(all)) {
        if (!is_of(entry->d_name, slash ? slash + 1 : name))
            continue;
        char *left = xasprintf("%s/%s", folder, entry->d_name);
        clear_one(left);
        free(left);
    }
    if (all)
        closedir(all);
    free(folder);
    free(name);
}

int output_remove(const char *path) {
    return temporary_remove(path) == 0 ? 0 : fail_errno("remove", path);
}

/* No allocation of our own: this also runs when there is no memory. */
void output_abandon_all(void) {
    while (open_ones) {
        temporary *one = open_ones;
        open_ones = one->next;
        (void)nftw(one->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
        free(one->path);
        free(one);
    }
}

int folder_flush(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno("open", folder);
    /* Some file systems have no fsync of folders; EINVAL says so. */
    int status = fsync(fd) == 0 || errno == EINVAL ? 0 : fail_errno("write", folder);
    close(fd);
    return status;
}

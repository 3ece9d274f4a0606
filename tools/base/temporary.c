/* SPDX-License-Identifier: MIT */
#include "base/temporary.h"

#include "base/fail.h"
#include "base/output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct temporary temporary;
struct temporary {
    temporary *next;
    char *path;
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
    static unsigned counter;
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    return xasprintf("%.*s.%s.tmp-%ld-%u", (int)(base - path), path, base, (long)getpid(),
                     counter++);
}

void temporary_remember(const char *path) {
    temporary *one = xmalloc(sizeof *one);
    *one = (temporary){open_ones, xstrndup(path, strlen(path))};
    open_ones = one;
}

void temporary_forget(const char *path) {
    for (temporary **at = &open_ones; *at; at = &(*at)->next) {
        temporary *one = *at;
        if (strcmp(one->path, path) == 0) {
            *at = one->next;
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

/* The process that a name `.<base>.tmp-<pid>-<counter>` belongs to, or 0. */
static long owner_of(const char *name, const char *base) {
    size_t len = strlen(base);
    char *end;
    if (name[0] != '.' || strncmp(name + 1, base, len) != 0 ||
        strncmp(name + 1 + len, ".tmp-", 5) != 0)
        return 0;
    errno = 0;
    long pid = strtol(name + 1 + len + 5, &end, 10);
    if (errno || pid <= 1 || pid > INT_MAX || *end != '-' || !end[1] ||
        end[1 + strspn(end + 1, "0123456789")])
        return 0;
    return pid;
}

void temporary_clear(const char *path) {
    char *name = path_trimmed(path), *folder = folder_of(name);
    const char *slash = strrchr(name, '/');
    struct stat about;
    DIR *all = opendir(folder);
    for (const struct dirent *entry = all ? readdir(all) : NULL; entry; entry = readdir(all)) {
        long pid = owner_of(entry->d_name, slash ? slash + 1 : name);
        if (pid == 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
            continue;
        char *left = xasprintf("%s/%s", folder, entry->d_name);
        if (lstat(left, &about) == 0 && about.st_uid == geteuid())
            (void)nftw(left, remove_one, 16, FTW_DEPTH | FTW_PHYS);
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

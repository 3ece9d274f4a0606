/* SPDX-License-Identifier: MIT */
#include "cli/temporary.h"

#include "cli/fail.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
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
    return need_copy(path, len);
}

char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash)
        return need_copy(".", 1);
    return need_copy(path, slash == path ? 1 : (size_t)(slash - path));
}

char *temporary_name(const char *path) {
    static unsigned counter;
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    return need_format("%.*s.%s.tmp-%ld-%u", (int)(base - path), path, base, (long)getpid(),
                       counter++);
}

void temporary_remember(const char *path) {
    temporary *one = need(sizeof *one);
    *one = (temporary){open_ones, need_copy(path, strlen(path))};
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

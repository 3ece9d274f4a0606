/* SPDX-License-Identifier: MIT */
/* For renameat2 of Linux, which swaps two folders in one step. */
#define _GNU_SOURCE

#include "base/fail.h"
#include "base/output.h"
#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum { TRIES = 100 };

static int make_folder(const char *path) {
    struct stat status;
    if (mkdir(path, 0777) == 0) {
        char *parent = folder_of(path);
        int flushed = folder_flush(parent);
        free(parent);
        return flushed;
    }
    int error = errno;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode))
            return 0;
        return fail(TW_IO, "%s: is not a folder; give another name", path);
    }
    errno = error;
    return fail_errno("make the folder", path);
}

int output_make_folders(const char *path) {
    char *part = path_trimmed(path);
    int status = *part ? 0 : fail(TW_IO, "the name of a folder is empty");
    for (char *at = part + 1; !status && at[-1]; at++)
        if ((*at == '/' && at[-1] != '/') || *at == '\0') {
            char end = *at;
            *at = '\0';
            status = make_folder(part);
            *at = end;
        }
    free(part);
    return status;
}

/* Replacing a folder removes what was in it: never the current one or one around it. */
static int refuse_current_folder(const char *path) {
    char *real = realpath(path, NULL);
    char *here = realpath(".", NULL);
    int status = 0;
    if (real && here) {
        size_t len = strlen(real);
        if (len == 1 || (strncmp(real, here, len) == 0 && (here[len] == '/' || here[len] == '\0')))
            status = fail(TW_IO,
                          "%s: would be replaced whole, and the current folder is in it; "
                          "name a folder of its own",
                          path);
    }
    free(real);
    free(here);
    return status;
}

static int refuse_not_folder(const char *path) {
    struct stat status;
    if (lstat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        return fail(TW_IO, "%s: is not a folder; give another name", path);
    return 0;
}

static int make_temporary(const char *path, char **temporary) {
    for (int i = 0; i < TRIES; i++) {
        *temporary = temporary_name(path);
        int error = mkdir(*temporary, 0777) ? errno : 0;
        if (!error && temporary_remember(*temporary) == 0)
            return 0;
        free(*temporary);
        *temporary = NULL;
        errno = error;
        if (error && error != EEXIST)
            break;
    }
    return fail_errno("make the folder", path);
}

int output_folder_begin(const char *path, char **temporary) {
    char *name = path_trimmed(path), *parent = folder_of(name);
    *temporary = NULL;
    int status = interrupted();
    if (!status)
        status = refuse_not_folder(name);
    if (!status)
        status = refuse_current_folder(name);
    if (!status)
        status = output_make_folders(parent);
    if (!status)
        temporary_clear(name);
    if (!status)
        status = make_temporary(name, temporary);
    free(parent);
    free(name);
    return status;
}

static int flush_one(const char *path, const struct stat *status, int type, struct FTW *where) {
    (void)status;
    (void)where;
    if (type == FTW_DP)
        return folder_flush(path);
    if (type != FTW_F)
        return 0;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_errno("open", path);
    int result = fsync(fd) == 0 || errno == EINVAL ? 0 : fail_errno("write", path);
    close(fd);
    return result;
}

/* Swaps two folders in one step: 0, or -1 where the system cannot. */
static int exchange(const char *one, const char *other) {
#ifdef SYS_renameat2
    const unsigned swap = 2; /* RENAME_EXCHANGE */
    return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, swap);
#else
    (void)one;
    (void)other;
    errno = ENOSYS;
    return -1;
#endif
}

/* Where no swap exists: the old folder steps aside, and back if the new one cannot enter. */
static int replace_in_two_steps(const char *temporary, const char *path) {
    char *aside = temporary_name(path);
    int status = rename(path, aside) == 0 ? 0 : fail_errno("replace", path);
    if (!status && rename(temporary, path) != 0) {
        status = fail_errno("replace", path);
        rename(aside, path);
    } else if (!status && rename(aside, temporary) != 0) {
        status = fail_errno("remove", aside);
    }
    free(aside);
    return status;
}

static int put_in_place(const char *temporary, const char *path) {
    struct stat old;
    int status = refuse_not_folder(path);
    if (status)
        return status;
    if (lstat(path, &old) != 0) {
        if (rename(temporary, path) != 0)
            return fail_errno("replace", path);
        temporary_forget(temporary);
        return 0;
    }
    status = exchange(temporary, path) == 0 ? 0 : replace_in_two_steps(temporary, path);
    /* The temporary name now holds what stood there before. */
    if (!status && temporary_remove(temporary) != 0)
        status = fail_errno("remove", temporary);
    return status;
}

int output_folder_commit(const char *temporary, const char *path) {
    char *name = path_trimmed(path), *parent = folder_of(name);
    int status = interrupted();
    if (!status) {
        status = nftw(temporary, flush_one, 16, FTW_DEPTH | FTW_PHYS);
        if (status < 0)
            status = fail_errno("read", temporary);
    }
    if (!status)
        status = put_in_place(temporary, name);
    if (!status)
        status = folder_flush(parent);
    free(parent);
    free(name);
    return status;
}

void output_folder_abandon(const char *temporary) {
    if (temporary)
        temporary_remove(temporary);
}

/* A link cannot be locked, so it is made in a temporary folder, which can. */
static int move_link(const char *target, const char *name) {
    char *temporary = NULL;
    int status = make_temporary(name, &temporary);
    if (status)
        return status;
    char *link = xasprintf("%s/link", temporary);
    if (symlink(target, link) != 0)
        status = fail_errno("link", name);
    if (!status && rename(link, name) != 0)
        status = fail_errno("replace", name);
    temporary_remove(temporary);
    free(link);
    free(temporary);
    return status;
}

int output_link(const char *target, const char *link) {
    struct stat old;
    char *name = path_trimmed(link), *parent = folder_of(name);
    int status = interrupted();
    if (!status && lstat(name, &old) == 0 && !S_ISLNK(old.st_mode))
        status = fail(TW_IO,
                      "%s: is a %s, where a symbolic link belongs; move it away and run the "
                      "command again",
                      name, S_ISDIR(old.st_mode) ? "folder" : "file");
    if (!status)
        status = output_make_folders(parent);
    temporary_clear(name);
    if (!status)
        status = move_link(target, name);
    if (!status)
        status = folder_flush(parent);
    free(parent);
    free(name);
    return status;
}

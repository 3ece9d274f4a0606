/* SPDX-License-Identifier: MIT */
/*
 * A folder as an artifact store.  Every folder on the way to an object is opened from the one
 * above it without following links, so no key and no link leads outside.  An object is written
 * under a hidden name, flushed, and then linked (created) or renamed (replaced) to its own:
 * there are no locks, and of many creators one wins.
 */
#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "base/random.h"
#include "net/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 256 << 10 };

typedef struct file_storage {
    storage base; /* first: a storage is one of these */
    char *folder;
} file_storage;

static char *path_of(const storage *store, const char *key) {
    const file_storage *files = (const file_storage *)store;
    return xasprintf("%s%s%s", files->folder, *key ? "/" : "", key);
}

static int failed(const storage *store, const char *key, const char *verb) {
    char *path = path_of(store, key);
    int status = errno == ELOOP || errno == ENOTDIR
                     ? fail(TW_IO,
                            "%s: a link or a file stands where a folder or an object "
                            "belongs; move it away",
                            path)
                     : fail_errno(verb, path);
    free(path);
    return status;
}

/* ---- Folders -------------------------------------------------------------------------------- */

/* The folder itself, opened; -1 with errno. */
static int open_root(const file_storage *files, int make) {
    int fd = open(files->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT || !make)
        return fd;
    if (mkdir(files->folder, 0777) != 0 && errno != EEXIST)
        return -1;
    return open(files->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int flush_folder(int fd) {
    return fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
}

static int open_below(int parent, const char *name, int make) {
    if (make) {
        if (mkdirat(parent, name, 0777) == 0) {
            if (flush_folder(parent) != 0)
                return -1;
        } else if (errno != EEXIST) {
            return -1;
        }
    }
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The folder that `len` bytes of a key name; -1 with errno. */
static int open_folder(const storage *store, const char *key, size_t len, int make) {
    int fd = open_root((const file_storage *)store, make);
    for (size_t at = 0; fd >= 0 && at < len;) {
        size_t part = strcspn(key + at, "/");
        if (at + part > len)
            part = len - at;
        char *name = xstrndup(key + at, part);
        int below = open_below(fd, name, make), error = errno;
        free(name);
        close(fd);
        errno = error;
        fd = below;
        at += part + 1;
    }
    return fd;
}

/* The folder of an object, and the object's own name. */
static int open_parent(const storage *store, const char *key, const char **name, int make) {
    const char *slash = strrchr(key, '/');
    *name = slash ? slash + 1 : key;
    return open_folder(store, key, slash ? (size_t)(slash - key) : 0, make);
}

/* ---- Writing -------------------------------------------------------------------------------- */

static int write_all(int fd, const char *from, size_t len) {
    while (len) {
        ssize_t done = write(fd, from, len);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            from += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

/* Copies the body's file, which must have its size. */
static int write_file(const storage *store, const char *key, int fd, const storage_body *body) {
    int from, status = file_open(&from, body->path);
    if (status)
        return status;
    char *buffer = xmalloc(BUFFER);
    uint64_t done = 0;
    for (ssize_t got = 1; !status && got != 0;) {
        status = interrupted();
        got = status ? 0 : read(from, buffer, BUFFER);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = fail_errno("read", body->path);
        else if (write_all(fd, buffer, (size_t)got) != 0)
            status = failed(store, key, "write");
        done += got > 0 ? (uint64_t)got : 0;
        if (body->progress)
            progress_show(body->progress, done, body->size);
    }
    free(buffer);
    close(from);
    if (!status && done != body->size)
        status = fail(TW_IO, "%s: changed while it was copied; run the command again", body->path);
    return status;
}

static int write_body(const storage *store, const char *key, int fd, const storage_body *body) {
    int status = 0;
    if (body->path)
        status = write_file(store, key, fd, body);
    else if (write_all(fd, body->bytes, (size_t)body->size) != 0)
        status = failed(store, key, "write");
    if (!status && fsync(fd) != 0 && errno != EINVAL)
        status = failed(store, key, "write");
    return status;
}

/* Gives the written file its own name. */
static int put_in_place(const storage *store, const char *key, int folder, const char *temporary,
                        const char *name, int create) {
    if (!create)
        return renameat(folder, temporary, folder, name) == 0 ? 0 : failed(store, key, "replace");
    if (linkat(folder, temporary, folder, name, 0) == 0)
        return 0;
    if (errno == EEXIST)
        return fail(TW_CONFLICT, "%s: there is such an object already", key);
    return failed(store, key, "create");
}

static int put(storage *store, const char *key, const storage_body *body, int create) {
    char random[RANDOM_NAME];
    const char *name;
    int status = storage_key_check(key);
    if (!status)
        status = interrupted();
    if (status)
        return status;
    int folder = open_parent(store, key, &name, 1);
    if (folder < 0)
        return failed(store, key, "make the folder of");
    random_name(random);
    char *temporary = xasprintf(".%s.tmp-%s", name, random);
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0) {
        status = failed(store, key, "create");
    } else {
        status = write_body(store, key, fd, body);
        if (close(fd) != 0 && !status)
            status = failed(store, key, "write");
        if (!status)
            status = put_in_place(store, key, folder, temporary, name, create);
        if (status || create)
            unlinkat(folder, temporary, 0);
        if (!status && flush_folder(folder) != 0)
            status = failed(store, key, "write");
    }
    free(temporary);
    close(folder);
    return status;
}

/* ---- Reading -------------------------------------------------------------------------------- */

/* An object opened, -1 with *found 0 when there is none, or -1 with a status. */
static int open_object(storage *store, const char *key, int *found, struct stat *about,
                       int *status) {
    const char *name;
    *found = 0;
    *status = storage_key_check(key);
    if (*status)
        return -1;
    int folder = open_parent(store, key, &name, 0);
    int fd = folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int error = errno;
    if (folder >= 0)
        close(folder);
    errno = error;
    if (fd < 0) {
        *status = errno == ENOENT ? 0 : failed(store, key, "open");
        return -1;
    }
    if (fstat(fd, about) != 0)
        *status = failed(store, key, "read");
    else if (!S_ISREG(about->st_mode))
        *status = fail(TW_IO, "%s: is not a regular file; move it away", key);
    *found = !*status;
    if (*found)
        return fd;
    close(fd);
    return -1;
}

static int get(storage *store, const char *key, uint64_t limit, storage_sink sink, void *context,
               int *found) {
    struct stat about;
    int status, fd = open_object(store, key, found, &about, &status);
    if (fd < 0)
        return status;
    char *buffer = xmalloc(BUFFER);
    uint64_t done = 0;
    for (ssize_t got = 1; !status && got != 0;) {
        status = interrupted();
        got = status ? 0 : read(fd, buffer, BUFFER);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            status = failed(store, key, "read");
        else if ((uint64_t)got > limit - done)
            status = fail(TW_INPUT, "%s: at most %llu bytes are expected, there are more", key,
                          (unsigned long long)limit);
        else if (got > 0)
            status = sink(context, buffer, (size_t)got);
        done += got > 0 ? (uint64_t)got : 0;
    }
    free(buffer);
    close(fd);
    return status;
}

static int head(storage *store, const char *key, int *found, uint64_t *size) {
    struct stat about;
    int status, fd = open_object(store, key, found, &about, &status);
    if (fd < 0)
        return status;
    *size = (uint64_t)about.st_size;
    close(fd);
    return 0;
}

static int is_seen(const struct dirent *entry) {
    return storage_name_ok(entry->d_name);
}

static int by_bytes(const struct dirent **left, const struct dirent **right) {
    return strcmp((*left)->d_name, (*right)->d_name);
}

static int list(storage *store, const char *folder, storage_callback each, void *context) {
    struct dirent **entry = NULL;
    int status = *folder ? storage_key_check(folder) : 0;
    int fd = status ? -1 : open_folder(store, folder, strlen(folder), 0);
    if (fd < 0)
        return status || errno == ENOENT ? status : failed(store, folder, "open");
    char *path = path_of(store, folder);
    int count = scandir(path, &entry, is_seen, by_bytes);
    if (count < 0)
        status = errno == ENOENT ? 0 : failed(store, folder, "read");
    for (int i = 0; i < count; i++) {
        struct stat about;
        if (!status && fstatat(fd, entry[i]->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode)))
            status = each(context, &(storage_entry){entry[i]->d_name, S_ISDIR(about.st_mode),
                                                    (uint64_t)about.st_size});
        free(entry[i]);
    }
    free(entry);
    free(path);
    close(fd);
    return status;
}

static int is_leftover(const struct dirent *entry) {
    return storage_is_leftover(entry->d_name);
}

static int sweep(storage *store, const char *folder, int dry, size_t *count) {
    struct dirent **entry = NULL;
    int status = storage_key_check(folder);
    int fd = status ? -1 : open_folder(store, folder, strlen(folder), 0);
    if (fd < 0)
        return status || errno == ENOENT ? status : failed(store, folder, "open");
    char *path = path_of(store, folder);
    int found = scandir(path, &entry, is_leftover, by_bytes);
    if (found < 0)
        status = errno == ENOENT ? 0 : failed(store, folder, "read");
    for (int i = 0; i < found; i++) {
        struct stat about;
        if (!status && fstatat(fd, entry[i]->d_name, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(about.st_mode) && about.st_mtime < instant_now() - LEFTOVER_AGE) {
            if (!dry && unlinkat(fd, entry[i]->d_name, 0) != 0 && errno != ENOENT)
                status = failed(store, folder, "remove a leftover in");
            ++*count;
        }
        free(entry[i]);
    }
    free(entry);
    free(path);
    close(fd);
    return status;
}

/* Also the folder, where that was its last object. */
static int remove_object(storage *store, const char *key) {
    const char *name, *slash = strrchr(key, '/');
    int status = storage_key_check(key);
    if (!status)
        status = interrupted();
    int folder = status ? -1 : open_parent(store, key, &name, 0);
    if (folder < 0)
        return status || errno == ENOENT ? status : failed(store, key, "open");
    if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
        status = failed(store, key, "remove");
    else if (flush_folder(folder) != 0)
        status = failed(store, key, "remove");
    close(folder);
    if (slash) {
        char *parent = xstrndup(key, (size_t)(slash - key)), *path = path_of(store, parent);
        (void)rmdir(path);
        free(path);
        free(parent);
    }
    return status;
}

static void close_files(storage *store) {
    file_storage *files = (file_storage *)store;
    free(files->folder);
    free(store->url);
    free(files);
}

int file_storage_open(storage **opened, const char *folder) {
    static const storage_operations operations = {put,           get,   head,       list,
                                                  remove_object, sweep, close_files};
    if (!*folder)
        return fail(TW_USAGE, "the storage URL: file: needs the name of a folder");
    file_storage *files = xmalloc(sizeof *files);
    files->base = (storage){&operations, xasprintf("file:%s", folder)};
    files->folder = xstrndup(folder, strlen(folder));
    *opened = &files->base;
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "base/disk.h"

#include "base/fail.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LEAST = 1 << 18, HEAD = 64 };

/* What stands before a piece. */
typedef struct head {
    size_t bytes; /* that are mapped, this head included; 0: plain memory */
} head;

/* A mapping of a file that has its blocks already: writing into it cannot fail later. NULL where
 * there is no room for one. */
static void *map_file(size_t bytes) {
    const char *folder = getenv("TMPDIR");
    char *path = xasprintf("%s/twotower-XXXXXX", folder && *folder ? folder : "/var/tmp");
    int file = mkstemp(path);
    void *at = MAP_FAILED;
    if (file >= 0) {
        unlink(path);
        if ((off_t)bytes > 0 && posix_fallocate(file, 0, (off_t)bytes) == 0)
            at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        close(file);
    }
    free(path);
    return at == MAP_FAILED ? NULL : at;
}

void *disk_zero(size_t count, size_t size) {
    head *made = NULL;
    if (size && count > (SIZE_MAX - HEAD) / size)
        return xcalloc(count, size); /* which says that there is no such memory */
    size_t bytes = HEAD + count * size;
    if (bytes >= LEAST)
        made = map_file(bytes);
    if (made)
        made->bytes = bytes;
    else
        made = xcalloc(bytes, 1);
    return (char *)made + HEAD;
}

void *disk_more(void *old, size_t used, size_t *capacity, size_t size) {
    if (used < *capacity)
        return old;
    size_t wider = *capacity ? *capacity * 2 : 64;
    void *made = disk_zero(wider, size);
    if (used)
        memcpy(made, old, used * size);
    disk_free(old);
    *capacity = wider;
    return made;
}

void disk_free(void *at) {
    if (!at)
        return;
    head *made = (head *)(void *)((char *)at - HEAD);
    if (made->bytes)
        munmap(made, made->bytes);
    else
        free(made);
}

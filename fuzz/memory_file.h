/* SPDX-License-Identifier: MIT */
/* A file without a name, for readers that take a path.  Linux alone; include it first. */
#ifndef FUZZ_MEMORY_FILE_H
#define FUZZ_MEMORY_FILE_H

#define _GNU_SOURCE /* memfd_create */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct memory_file {
    int fd;
    char path[32];
} memory_file;

static memory_file memory_file_make(const uint8_t *data, size_t size) {
    memory_file file = {memfd_create("fuzz", 0), ""};
    if (file.fd < 0 || write(file.fd, data, size) != (ssize_t)size ||
        lseek(file.fd, 0, SEEK_SET) != 0) {
        abort();
    }
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

#endif

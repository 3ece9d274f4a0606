/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <stdint.h>
#include <stdio.h>

static FILE *file[4];
static int opened;

unsigned char *source_room(void) {
    static uint64_t room[SOURCE_ROOM / sizeof(uint64_t)];
    return (unsigned char *)room;
}

int source_open(const char *name) {
    if (opened == sizeof file / sizeof *file || (file[opened] = fopen(name, "rb")) == NULL)
        return -1;
    return opened++;
}

size_t source_read(int source, void *into, size_t len) {
    return fread(into, 1, len, file[source]);
}

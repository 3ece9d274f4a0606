/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int random_fill(void *to, size_t len) {
    unsigned char *at = to;
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && len) {
        ssize_t got = read(fd, at, len);
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    if (fd >= 0)
        close(fd);
    return len ? -1 : 0;
}

static void second_best(unsigned char *to, size_t len) {
    static uint64_t counter;
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t state = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 40 ^
                     (uint64_t)(uintptr_t)&now ^ ++counter;
    for (size_t i = 0; i < len; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        to[i] = (unsigned char)(state >> 56);
    }
}

void random_name(char to[RANDOM_NAME]) {
    unsigned char from[(RANDOM_NAME - 1) / 2];
    if (random_fill(from, sizeof from) != 0)
        second_best(from, sizeof from);
    for (size_t i = 0; i < sizeof from; i++)
        snprintf(to + 2 * i, 3, "%02x", from[i]);
}

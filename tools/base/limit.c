/* SPDX-License-Identifier: MIT */
#include "base/limit.h"

#include "base/fail.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const uint64_t least = (uint64_t)64 << 20; /* below this no command could start */
static uint64_t allowed;                          /* bytes; 0: no limit was set */

/* The number at `which` (from 0) of a file of the system; 0: there is none. */
static uint64_t number_in(const char *path, int which) {
    unsigned long long number = 0;
    FILE *file = fopen(path, "re");
    for (int i = 0; file && i <= which; i++)
        if (fscanf(file, "%llu", &number) != 1) {
            number = 0;
            break;
        }
    if (file)
        fclose(file);
    return number;
}

static uint64_t half_of_machine(void) {
    static const char *const containers[] = {"/sys/fs/cgroup/memory.max",
                                             "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t all = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_MAX;
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
        uint64_t container = number_in(containers[i], 0);
        if (container && container < all)
            all = container;
    }
    return all / 2 > least ? all / 2 : least;
}

/* 0, or -1: it is no size. */
static int parse_size(const char *text, uint64_t *size) {
    static const char units[] = "KMGT";
    char *end;
    double number = strtod(text, &end);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (end == text || *text < '0' || *text > '9' || (*end && (!unit || end[1])))
        return -1;
    for (int i = 0; unit && i <= unit - units; i++)
        number *= 1024;
    *size = number < 1e18 ? (uint64_t)number : (uint64_t)1e18;
    return 0;
}

/* Anonymous memory that the process may write, as the limit counts it. */
static uint64_t memory_now(void) {
    enum { DATA = 5 };
    long size = sysconf(_SC_PAGESIZE);
    return number_in("/proc/self/statm", DATA) * (uint64_t)(size > 0 ? size : 4096);
}

int limit_memory(const char *size) {
    struct rlimit limit;
    uint64_t wanted = half_of_machine();
    if (size && parse_size(size, &wanted))
        return fail(TW_USAGE, "memory limit: a size such as 512M or 8G is expected, got '%.40s'",
                    size);
    if (wanted < least)
        return fail(TW_USAGE, "memory limit: at least 64M are needed, got '%.40s'", size);
    if (getrlimit(RLIMIT_DATA, &limit) != 0)
        return 0;
    uint64_t most = memory_now() + wanted;
    if (limit.rlim_max != RLIM_INFINITY && most > limit.rlim_max)
        return 0; /* the system's own limit is lower */
    limit.rlim_cur = (rlim_t)most;
    if (setrlimit(RLIMIT_DATA, &limit) == 0)
        allowed = wanted;
    return 0;
}

int limit_refuse(void) {
    if (!allowed)
        return fail(TW_IO, "there is not enough memory; give it fewer rows or run it on a larger "
                           "machine");
    return fail(TW_INPUT,
                "more than the %llu MB of memory that the limit allows is needed; give it fewer "
                "rows or allow more",
                (unsigned long long)(allowed >> 20));
}

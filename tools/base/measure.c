/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

uint64_t peak_memory(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0)
        return 0;
#ifdef __APPLE__
    return (uint64_t)usage.ru_maxrss; /* bytes there, kilobytes elsewhere */
#else
    return (uint64_t)usage.ru_maxrss * 1024;
#endif
}

double seconds_now(void) {
    struct timespec now = {0, 0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

uint32_t processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 64 ? 64 : (uint32_t)n;
}

/* SPDX-License-Identifier: MIT */
/* Built with -fno-builtin, or a compiler may see a memset in memset and call it. */
#include <string.h>

void *memmove(void *to, const void *from, size_t n) {
    unsigned char *out = to;
    const unsigned char *in = from;
    if (out <= in)
        for (size_t i = 0; i < n; i++)
            out[i] = in[i];
    else
        while (n-- > 0)
            out[n] = in[n];
    return to;
}

void *memcpy(void *to, const void *from, size_t n) {
    return memmove(to, from, n);
}

void *memset(void *to, int value, size_t n) {
    unsigned char *out = to;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)value;
    return to;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* SPDX-License-Identifier: MIT */
#include "format/little.h"

#include <string.h>

static int host_is_little(void) {
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void little_copy(void *to, const void *from, size_t count, size_t size) {
    const unsigned char *in = from;
    unsigned char *out = to;
    if (host_is_little()) {
        if (count)
            memcpy(to, from, count * size);
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t b = 0; b < size; b++)
            out[i * size + b] = in[i * size + size - 1 - b];
}

int little_write(output *out, const void *data, size_t count, size_t size) {
    const unsigned char *from = data;
    unsigned char chunk[LITTLE_CHUNK];
    int status = 0;
    for (size_t left = count; left && !status;) {
        size_t now = left < sizeof chunk / size ? left : sizeof chunk / size;
        little_copy(chunk, from, now, size);
        status = output_write(out, chunk, now * size);
        from += now * size;
        left -= now;
    }
    return status;
}

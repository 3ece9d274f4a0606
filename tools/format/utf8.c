/* SPDX-License-Identifier: MIT */
#include "format/utf8.h"

#include <stdint.h>
#include <string.h>

/* How many bytes follow a first byte (-1: it begins nothing) and what the
 * second one may be; RFC 3629, section 4. */
static int follow(unsigned char first, unsigned char *low, unsigned char *high) {
    *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0x80)
        return 0;
    if (first < 0xc2 || first > 0xf4)
        return -1;
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static size_t skip_ascii(const unsigned char *at, size_t len) {
    size_t i = 0;
    for (uint64_t eight; len - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, at + i, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < len && at[i] < 0x80)
        i++;
    return i;
}

size_t utf8_prefix(const char *text, size_t len, int *cut) {
    const unsigned char *at = (const unsigned char *)text;
    size_t i = 0;
    *cut = 0;
    while (i < len && (i += skip_ascii(at + i, len - i)) < len) {
        unsigned char low, high;
        int more = follow(at[i], &low, &high);
        if (more < 0)
            return i;
        for (size_t k = 1; k <= (size_t)more; k++) {
            if (len - i == k) {
                *cut = 1;
                return i;
            }
            if (at[i + k] < low || at[i + k] > high)
                return i;
            low = 0x80;
            high = 0xbf;
        }
        i += (size_t)more + 1;
    }
    return i;
}

int utf8_valid(const char *text, size_t len) {
    int cut;
    return utf8_prefix(text, len, &cut) == len;
}

void utf8_clip(char *to, size_t size, const char *text, size_t len) {
    size_t keep = len;
    if (len > size - 1) {
        keep = size - 4;
        while (keep && ((unsigned char)text[keep] & 0xc0) == 0x80)
            keep--;
    }
    if (keep)
        memcpy(to, text, keep);
    memcpy(to + keep, "...", keep < len ? 3 : 0);
    to[keep < len ? keep + 3 : keep] = '\0';
}

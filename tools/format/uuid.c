/* SPDX-License-Identifier: MIT */
#include "format/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The version 5 id of "twotower" in the namespace of domain names. */
static const unsigned char name_space[16] = {0x2b, 0x20, 0x88, 0x6e, 0xde, 0x07, 0x5b, 0x1a,
                                             0xa7, 0xb5, 0xd5, 0xb6, 0xfa, 0xe3, 0x31, 0x45};

typedef struct sha1 {
    uint32_t state[5];
    unsigned char block[64];
    uint64_t len;
} sha1;

static uint32_t rotate(uint32_t x, int by) {
    return x << by | x >> (32 - by);
}

/* FIPS 180-4, 6.1.2. */
static void sha1_block(sha1 *hash) {
    uint32_t w[80], a = hash->state[0], b = hash->state[1], c = hash->state[2], d = hash->state[3],
                    e = hash->state[4];
    for (int t = 0; t < 80; t++) {
        const unsigned char *at = hash->block + 4 * (t & 15);
        w[t] = t < 16 ? (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]
                      : rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        uint32_t f = t < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                     : t < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                     : t < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                              : (b ^ c ^ d) + 0xca62c1d6;
        uint32_t next = rotate(a, 5) + f + e + w[t];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    hash->state[0] += a;
    hash->state[1] += b;
    hash->state[2] += c;
    hash->state[3] += d;
    hash->state[4] += e;
}

static void sha1_add(sha1 *hash, const void *bytes, size_t len) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++) {
        hash->block[hash->len++ & 63] = at[i];
        if ((hash->len & 63) == 0)
            sha1_block(hash);
    }
}

static void sha1_end(sha1 *hash, unsigned char digest[20]) {
    uint64_t bits = hash->len * 8;
    unsigned char size[8];
    sha1_add(hash, "\x80", 1);
    while ((hash->len & 63) != 56)
        sha1_add(hash, "", 1);
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha1_add(hash, size, 8);
    for (int i = 0; i < 20; i++)
        digest[i] = (unsigned char)(hash->state[i / 4] >> (24 - 8 * (i % 4)));
}

void uuid_of_name(char text[UUID_TEXT], const char *name) {
    sha1 hash = {{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, {0}, 0};
    unsigned char digest[20];
    sha1_add(&hash, name_space, sizeof name_space);
    sha1_add(&hash, name, strlen(name));
    sha1_end(&hash, digest);
    digest[6] = (unsigned char)((digest[6] & 0x0f) | 0x50);
    digest[8] = (unsigned char)((digest[8] & 0x3f) | 0x80);
    for (int i = 0, at = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text[at++] = '-';
        at += snprintf(text + at, 3, "%02x", digest[i]);
    }
}

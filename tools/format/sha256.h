/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4). */
#ifndef TOOLS_FORMAT_SHA256_H
#define TOOLS_FORMAT_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct sha256 {
    uint32_t state[8];
    uint64_t len; /* bytes so far */
    uint8_t block[64];
} sha256;

enum { SHA256_HEX = 65 };

void sha256_begin(sha256 *hash);
void sha256_add(sha256 *hash, const void *bytes, size_t len);
void sha256_end(sha256 *hash, char hex[SHA256_HEX]); /* lower-case digits, terminated */

/* HMAC-SHA256 (RFC 2104) of a text under a key. */
void sha256_keyed(const char *key, size_t key_len, const void *bytes, size_t len,
                  char hex[SHA256_HEX]);

/* Of a whole file, with its size. */
int sha256_file(const char *path, char hex[SHA256_HEX], uint64_t *size);

#endif

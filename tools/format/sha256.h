/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) and its HMAC (RFC 2104), of mbedTLS. */
#ifndef TOOLS_FORMAT_SHA256_H
#define TOOLS_FORMAT_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include <mbedtls/sha256.h>

/* Owns no memory: it may be begun again or dropped at any time. */
typedef struct sha256 {
    mbedtls_sha256_context state;
    uint64_t len; /* bytes so far */
} sha256;

enum { SHA256_HEX = 65 };

void sha256_begin(sha256 *hash);
void sha256_add(sha256 *hash, const void *bytes, size_t len);
void sha256_end(sha256 *hash, char hex[SHA256_HEX]); /* lower-case digits, terminated */

/* HMAC-SHA256 of a text under a key. */
void sha256_keyed(const char *key, size_t key_len, const void *bytes, size_t len,
                  char hex[SHA256_HEX]);

/* Of a whole file, with its size. */
int sha256_file(const char *path, char hex[SHA256_HEX], uint64_t *size);

#endif

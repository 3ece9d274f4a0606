/* SPDX-License-Identifier: MIT */
#include "format/sha256.h"

#include "base/fail.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/md.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <unistd.h>

#if MBEDTLS_VERSION_MAJOR < 3 /* these return nothing there, and their namesakes a status */
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

enum { DIGEST = 32 };

/* Only an accelerator that breaks down fails, and then no digest can be trusted. */
static void check(int failure) {
    if (failure)
        abort();
}

static void write_hex(const unsigned char digest[DIGEST], char hex[SHA256_HEX]) {
    for (int i = 0; i < DIGEST; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * DIGEST] = '\0';
}

void sha256_begin(sha256 *hash) {
    hash->len = 0;
    mbedtls_sha256_init(&hash->state);
    check(mbedtls_sha256_starts(&hash->state, 0));
}

void sha256_add(sha256 *hash, const void *bytes, size_t len) {
    hash->len += len;
    check(mbedtls_sha256_update(&hash->state, bytes, len));
}

void sha256_end(sha256 *hash, char hex[SHA256_HEX]) {
    unsigned char digest[DIGEST];
    check(mbedtls_sha256_finish(&hash->state, digest));
    write_hex(digest, hex);
}

void sha256_keyed(const char *key, size_t key_len, const void *bytes, size_t len,
                  char hex[SHA256_HEX]) {
    unsigned char digest[DIGEST];
    const mbedtls_md_info_t *hash = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    int failure = mbedtls_md_hmac(hash, (const unsigned char *)key, key_len, bytes, len, digest);
    if (failure == MBEDTLS_ERR_MD_ALLOC_FAILED)
        out_of_memory(DIGEST);
    check(failure);
    write_hex(digest, hex);
}

int sha256_file(const char *path, char hex[SHA256_HEX], uint64_t *size) {
    enum { CHUNK = 1 << 16 };
    int fd, status = file_open(&fd, path);
    if (status)
        return status;
    sha256 hash;
    uint8_t *chunk = xmalloc(CHUNK);
    sha256_begin(&hash);
    for (ssize_t got = 1; !status && got != 0;) {
        got = read(fd, chunk, CHUNK);
        if (got > 0)
            sha256_add(&hash, chunk, (size_t)got);
        else if (got < 0 && errno != EINTR)
            status = fail_errno("read", path);
    }
    *size = hash.len;
    sha256_end(&hash, hex);
    free(chunk);
    close(fd);
    return status;
}

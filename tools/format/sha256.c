/* SPDX-License-Identifier: MIT */
#include "format/sha256.h"

#include "base/fail.h"
#include "format/sha256_block.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const uint32_t sha256_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

/* The message schedule, then 64 rounds; the eight words move on by one each round. */
static void take_block(uint32_t state[8], const uint8_t *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 64; i++) {
        uint32_t one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) +
                       sha256_constants[i] + w[i];
        uint32_t two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + one;
        d = c;
        c = b;
        b = a;
        a = one + two;
    }
    const uint32_t sum[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++)
        state[i] += sum[i];
}

void sha256_blocks_c(uint32_t state[8], const uint8_t *from, size_t blocks) {
    for (; blocks; blocks--, from += 64)
        take_block(state, from);
}

/* The processor is asked once: on a virtual machine that takes longer than a block. */
static pthread_once_t asked = PTHREAD_ONCE_INIT;
static sha256_blocks chosen = sha256_blocks_c;

static void choose(void) {
    sha256_blocks fast = sha256_blocks_x86();
    chosen = fast ? fast : sha256_blocks_c;
}

static void take_blocks(uint32_t state[8], const uint8_t *from, size_t blocks) {
    pthread_once(&asked, choose);
    chosen(state, from, blocks);
}

void sha256_begin(sha256 *hash) {
    *hash = (sha256){{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                      0x1f83d9ab, 0x5be0cd19},
                     0,
                     {0}};
}

void sha256_add(sha256 *hash, const void *bytes, size_t len) {
    const uint8_t *from = bytes;
    size_t used = (size_t)(hash->len % sizeof hash->block);
    hash->len += len;
    while (len > 0) {
        size_t room = sizeof hash->block - used, now = len < room ? len : room;
        if (used == 0 && len >= sizeof hash->block) {
            now = len - len % sizeof hash->block;
            take_blocks(hash->state, from, now / sizeof hash->block);
        } else {
            memcpy(hash->block + used, from, now);
            if (now == room)
                take_blocks(hash->state, hash->block, 1);
        }
        used = (used + now) % sizeof hash->block;
        from += now;
        len -= now;
    }
}

void sha256_end(sha256 *hash, char hex[SHA256_HEX]) {
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = hash->len * 8;
    size_t used = (size_t)(hash->len % 64);
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(hash, padding, used < 56 ? 56 - used : 120 - used);
    sha256_add(hash, length, sizeof length);
    for (int i = 0; i < 64; i++)
        hex[i] = "0123456789abcdef"[hash->state[i / 8] >> (28 - 4 * (i % 8)) & 15];
    hex[64] = '\0';
}

static unsigned char byte_of(const char *hex) {
    unsigned value = 0;
    for (int i = 0; i < 2; i++)
        value = value << 4 | (unsigned)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
    return (unsigned char)value;
}

/* The key as a block, shorter ones filled up with zeros, longer ones hashed. */
static void key_block(unsigned char block[64], const char *key, size_t len) {
    memset(block, 0, 64);
    if (len <= 64) {
        memcpy(block, key, len);
        return;
    }
    sha256 hash;
    char hex[SHA256_HEX];
    sha256_begin(&hash);
    sha256_add(&hash, key, len);
    sha256_end(&hash, hex);
    for (size_t i = 0; i < 32; i++)
        block[i] = byte_of(hex + 2 * i);
}

static void begin_with(sha256 *hash, const unsigned char block[64], unsigned char mask) {
    unsigned char masked[64];
    for (size_t i = 0; i < 64; i++)
        masked[i] = block[i] ^ mask;
    sha256_begin(hash);
    sha256_add(hash, masked, 64);
}

void sha256_keyed(const char *key, size_t key_len, const void *bytes, size_t len,
                  char hex[SHA256_HEX]) {
    sha256 hash;
    unsigned char block[64], inner[32];
    key_block(block, key, key_len);
    begin_with(&hash, block, 0x36);
    sha256_add(&hash, bytes, len);
    sha256_end(&hash, hex);
    for (size_t i = 0; i < 32; i++)
        inner[i] = byte_of(hex + 2 * i);
    begin_with(&hash, block, 0x5c);
    sha256_add(&hash, inner, sizeof inner);
    sha256_end(&hash, hex);
}

int sha256_file(const char *path, char hex[SHA256_HEX], uint64_t *size) {
    enum { CHUNK = 1 << 16 };
    int fd = open(path, O_RDONLY | O_CLOEXEC), status = 0;
    if (fd < 0)
        return fail_errno("open", path);
    sha256 hash;
    uint8_t *chunk = need(CHUNK);
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

/* SPDX-License-Identifier: MIT */
/* The inside of keys: for the files of this folder only. */
#ifndef TOOLS_SIGN_KEY_H
#define TOOLS_SIGN_KEY_H

#include "sign/sign.h"

#include <mbedtls/pk.h>
#include <stddef.h>

typedef struct public_key {
    mbedtls_pk_context pk;
    char id[KEY_ID];
} public_key;

struct signer {
    mbedtls_pk_context pk;
    char id[KEY_ID];
};

struct trust {
    public_key *key;
    size_t count, capacity;
};

void key_digest(const void *from, size_t len, unsigned char digest[32]);
/* Random bytes of the system, as mbedTLS asks for them. */
int key_random(void *context, unsigned char *to, size_t len);

#endif

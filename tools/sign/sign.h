/* SPDX-License-Identifier: MIT */
/*
 * Signed JSON documents: ECDSA over P-256 and SHA-256, of the canonical form (RFC 8785) of the
 * document without its member `signature`.  `key_id` names the key: the first 16 hexadecimal
 * digits of the SHA-256 of its SubjectPublicKeyInfo.  `signature` is base64 of r and s, 32
 * bytes each, which WebCrypto verifies as it is.
 */
#ifndef TOOLS_SIGN_SIGN_H
#define TOOLS_SIGN_SIGN_H

#include <jansson.h>

enum { KEY_ID = 17 };

/* A private key. */
typedef struct signer signer;

/* `setting` is the name of a file with the key, or the key itself: PEM, or its base64 alone;
 * NULL: *opened is NULL, and signing does nothing. */
int signer_open(signer **opened, const char *setting);
void signer_close(signer *key);
/* Sets key_id and signature; with no signer it removes them. */
int signer_sign(const signer *key, json_t *document);

/* A list of pinned public keys. */
typedef struct trust trust;

/* `setting` is the name of a file, or the keys themselves: PEM or base64 of their
 * SubjectPublicKeyInfo, one after the other; NULL: *opened is NULL, and every document is
 * accepted. */
int trust_open(trust **opened, const char *setting);
void trust_close(trust *keys);
/* 0, or TW_NEGATIVE: "<what>: ..." where a pinned key did not sign the document as it is. */
int trust_check(const trust *keys, const json_t *document, const char *what);

/* The keys of the process: main.c pins what TWOTOWER_PUBLIC_KEYS says, which is read when it is
 * first asked for.  *keys is NULL where none is pinned. */
void trust_pin(const char *setting);
int trust_pinned(const trust **keys);

/* 32 random hexadecimal digits. */
enum { NONCE = 33 };
int nonce_make(char hex[NONCE]);

/* A new key: the private one as PEM, the public one as base64 (the caller frees both). */
int key_make(char **secret_pem, char **public_base64, char id[KEY_ID]);

#endif

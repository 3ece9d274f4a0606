/* SPDX-License-Identifier: MIT */
#include "sign/key.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/random.h"
#include "format/bytes.h"
#include "format/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/base64.h>
#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FILE = 64 << 10, SPKI = 91, BASE64_SPKI = 124, MAX_DER = 512 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

void key_digest(const void *from, size_t len, unsigned char digest[32]) {
    char hex[SHA256_HEX];
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, from, len);
    sha256_end(&hash, hex);
    for (int i = 0; i < 32; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        digest[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
}

int key_random(void *context, unsigned char *to, size_t len) {
    (void)context;
    return random_fill(to, len) ? MBEDTLS_ERR_ECP_RANDOM_FAILED : 0;
}

static void name_of(const unsigned char *spki, size_t len, char id[KEY_ID]) {
    char hex[SHA256_HEX];
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, spki, len);
    sha256_end(&hash, hex);
    memcpy(id, hex, KEY_ID - 1);
    id[KEY_ID - 1] = '\0';
}

/* The public half, and the name of the key; -1: it is no key of P-256. */
static int public_half(mbedtls_pk_context *pk, unsigned char spki[SPKI], char id[KEY_ID]) {
    unsigned char room[256];
    if (mbedtls_pk_get_type(pk) != MBEDTLS_PK_ECKEY || mbedtls_pk_get_bitlen(pk) != 256 ||
        mbedtls_pk_write_pubkey_der(pk, room, sizeof room) != SPKI)
        return -1;
    memcpy(spki, room + sizeof room - SPKI, SPKI); /* it is written from the end */
    name_of(spki, SPKI, id);
    return 0;
}

/* ---- Settings: the name of a file, or the keys themselves ------------------------------------ */

static int is_inline(const char *text) {
    size_t len = strlen(text);
    return strstr(text, "-----BEGIN") ||
           (len >= 80 && access(text, F_OK) != 0 && strspn(text, alphabet) >= 80);
}

/* Its base64 digits alone, terminated; armour lines, blanks and commas are left out. */
static int digits_of(const char *setting, bytes *digits) {
    char *text = NULL;
    size_t len;
    int status = 0;
    if (is_inline(setting))
        text = xstrndup(setting, strlen(setting));
    else
        status = file_read(setting, MAX_FILE, &text, &len);
    for (const char *at = text; !status && *at; at++) {
        if (!strncmp(at, "-----", 5)) {
            const char *end = strstr(at + 5, "-----");
            if (end)
                at = end + 4;
        } else if (strchr(alphabet, *at)) {
            bytes_put_byte(digits, (uint8_t)*at);
        }
    }
    *bytes_room(digits, 1) = 0;
    free(text);
    return status;
}

/* ---- Private keys ---------------------------------------------------------------------------- */

static int parse_secret(mbedtls_pk_context *pk, const bytes *digits) {
    unsigned char der[MAX_DER];
    size_t len = 0;
    int bad = mbedtls_base64_decode(der, sizeof der, &len, digits->at, digits->used);
    if (!bad)
#if MBEDTLS_VERSION_MAJOR >= 3
        bad = mbedtls_pk_parse_key(pk, der, len, NULL, 0, key_random, NULL);
#else
        bad = mbedtls_pk_parse_key(pk, der, len, NULL, 0);
#endif
    mbedtls_platform_zeroize(der, sizeof der);
    return bad;
}

int signer_open(signer **opened, const char *setting) {
    unsigned char spki[SPKI];
    bytes digits = {NULL, 0, 0};
    *opened = NULL;
    if (!setting)
        return 0;
    int status = digits_of(setting, &digits);
    if (!status) {
        signer *key = xmalloc(sizeof *key);
        mbedtls_pk_init(&key->pk);
        if (parse_secret(&key->pk, &digits) || public_half(&key->pk, spki, key->id)) {
            signer_close(key);
            status = fail(TW_USAGE, "TWOTOWER_SIGNING_KEY: a private key of P-256 is expected, or "
                                    "the name of its file; twotower keygen makes one");
        } else {
            *opened = key;
        }
    }
    if (digits.at)
        mbedtls_platform_zeroize(digits.at, digits.used);
    bytes_free(&digits);
    return status;
}

void signer_close(signer *key) {
    if (!key)
        return;
    mbedtls_pk_free(&key->pk);
    free(key);
}

/* ---- Public keys ----------------------------------------------------------------------------- */

static int add_public(trust *keys, const unsigned char *digits) {
    unsigned char der[SPKI + 2], spki[SPKI];
    size_t len = 0;
    keys->key = xgrow(keys->key, keys->count, &keys->capacity, sizeof *keys->key);
    public_key *key = &keys->key[keys->count++];
    mbedtls_pk_init(&key->pk);
    return mbedtls_base64_decode(der, sizeof der, &len, digits, BASE64_SPKI) || len != SPKI ||
           mbedtls_pk_parse_public_key(&key->pk, der, len) || public_half(&key->pk, spki, key->id);
}

int trust_open(trust **opened, const char *setting) {
    bytes digits = {NULL, 0, 0};
    *opened = NULL;
    if (!setting)
        return 0;
    int status = digits_of(setting, &digits), bad = digits.used == 0 || digits.used % BASE64_SPKI;
    trust *keys = xcalloc(1, sizeof *keys);
    for (size_t at = 0; !status && !bad && at < digits.used; at += BASE64_SPKI)
        bad = add_public(keys, digits.at + at);
    if (!status && bad)
        status =
            fail(TW_USAGE, "TWOTOWER_PUBLIC_KEYS: public keys of P-256 are expected (PEM, or "
                           "the base64 that twotower keygen prints), or the name of their file");
    bytes_free(&digits);
    if (status)
        trust_close(keys);
    else
        *opened = keys;
    return status;
}

void trust_close(trust *keys) {
    for (size_t i = 0; keys && i < keys->count; i++)
        mbedtls_pk_free(&keys->key[i].pk);
    if (keys)
        free(keys->key);
    free(keys);
}

static struct {
    const char *setting;
    trust *keys;
} pinned;

void trust_pin(const char *setting) {
    pinned.setting = setting;
}

int trust_pinned(const trust **keys) {
    int status = pinned.keys ? 0 : trust_open(&pinned.keys, pinned.setting);
    *keys = pinned.keys;
    return status;
}

/* ---- Random numbers, and a new key
 * ------------------------------------------------------------------------------- */

int nonce_make(char hex[NONCE]) {
    unsigned char from[(NONCE - 1) / 2];
    if (key_random(NULL, from, sizeof from))
        return fail(TW_IO, "the system gives no random numbers (/dev/urandom)");
    for (size_t i = 0; i < sizeof from; i++) {
        hex[2 * i] = "0123456789abcdef"[from[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[from[i] & 15];
    }
    hex[NONCE - 1] = '\0';
    return 0;
}

int key_make(char **secret_pem, char **public_base64, char id[KEY_ID]) {
    unsigned char pem[1024], spki[SPKI], text[BASE64_SPKI + 1];
    size_t len;
    mbedtls_pk_context pk;
    mbedtls_pk_init(&pk);
    *secret_pem = *public_base64 = NULL;
    int bad = mbedtls_pk_setup(&pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) ||
              mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(pk), key_random, NULL) ||
              mbedtls_pk_write_key_pem(&pk, pem, sizeof pem) || public_half(&pk, spki, id) ||
              mbedtls_base64_encode(text, sizeof text, &len, spki, SPKI);
    if (!bad) {
        *secret_pem = xstrndup((const char *)pem, strlen((const char *)pem));
        *public_base64 = xstrndup((const char *)text, len);
    }
    mbedtls_platform_zeroize(pem, sizeof pem);
    mbedtls_pk_free(&pk);
    return bad ? fail(TW_IO, "no key can be made: the system gives no random numbers") : 0;
}

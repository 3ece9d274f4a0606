/* SPDX-License-Identifier: MIT */
#include "sign/sign.h"

#include "base/fail.h"
#include "format/sha256.h"
#include "sign/canonical.h"
#include "sign/key.h"

#include <mbedtls/asn1.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/base64.h>
#include <mbedtls/bignum.h>
#include <mbedtls/md.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

enum { HALF = 32, RAW = 2 * HALF, MAX_DER = 80, BASE64_RAW = 88 };

/* The SHA-256 of what is signed. */
static int digest_of(const json_t *document, unsigned char digest[32]) {
    json_t *rest = json_copy((json_t *)(uintptr_t)document); /* members are shared */
    bytes text = {NULL, 0, 0};
    json_object_del(rest, "signature");
    int status = canonical_json(&text, rest);
    if (!status)
        key_digest(text.at, text.used, digest);
    bytes_free(&text);
    json_decref(rest);
    return status;
}

/* ---- The two forms of a signature ------------------------------------------------------------ */

static int der_to_raw(unsigned char *der, size_t len, unsigned char raw[RAW]) {
    unsigned char *at = der;
    size_t inner;
    mbedtls_mpi r, s;
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    int bad = mbedtls_asn1_get_tag(&at, der + len, &inner,
                                   MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) ||
              mbedtls_asn1_get_mpi(&at, der + len, &r) ||
              mbedtls_asn1_get_mpi(&at, der + len, &s) || mbedtls_mpi_write_binary(&r, raw, HALF) ||
              mbedtls_mpi_write_binary(&s, raw + HALF, HALF);
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return bad;
}

/* Written from the end of the buffer; *at is where it begins, 0 the length of a failure. */
static size_t raw_to_der(const unsigned char raw[RAW], unsigned char der[MAX_DER],
                         unsigned char **at) {
    mbedtls_mpi r, s;
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    *at = der + MAX_DER;
    int len = -1;
    if (!mbedtls_mpi_read_binary(&r, raw, HALF) && !mbedtls_mpi_read_binary(&s, raw + HALF, HALF)) {
        int one = mbedtls_asn1_write_mpi(at, der, &s), other = mbedtls_asn1_write_mpi(at, der, &r);
        if (one > 0 && other > 0)
            len = mbedtls_asn1_write_len(at, der, (size_t)(one + other));
        if (len > 0 &&
            mbedtls_asn1_write_tag(at, der, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) < 0)
            len = -1;
    }
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
    return len > 0 ? (size_t)(der + MAX_DER - *at) : 0;
}

/* ---- Signing --------------------------------------------------------------------------------- */

static int sign_digest(const signer *key, const unsigned char digest[32], unsigned char raw[RAW]) {
    unsigned char der[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    size_t len = 0;
    mbedtls_pk_context *pk = (mbedtls_pk_context *)(uintptr_t)&key->pk;
#if MBEDTLS_VERSION_MAJOR >= 3
    int bad =
        mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, digest, 32, der, sizeof der, &len, key_random, NULL);
#else
    int bad = mbedtls_pk_sign(pk, MBEDTLS_MD_SHA256, digest, 32, der, &len, key_random, NULL);
#endif
    if (bad || der_to_raw(der, len, raw))
        return fail(TW_INPUT, "the document cannot be signed with this key");
    return 0;
}

int signer_sign(const signer *key, json_t *document) {
    unsigned char digest[32], raw[RAW], text[BASE64_RAW + 1];
    size_t len = 0;
    json_object_del(document, "key_id");
    json_object_del(document, "signature");
    if (!key)
        return 0;
    json_object_set_new(document, "key_id", json_string(key->id));
    int status = digest_of(document, digest);
    if (!status)
        status = sign_digest(key, digest, raw);
    if (!status && mbedtls_base64_encode(text, sizeof text, &len, raw, RAW))
        status = fail(TW_INPUT, "the signature cannot be written");
    if (!status)
        json_object_set_new(document, "signature", json_stringn((const char *)text, len));
    return status;
}

/* ---- Checking -------------------------------------------------------------------------------- */

static int is_signed_by(const public_key *key, const unsigned char digest[32],
                        const char *signature) {
    unsigned char raw[RAW + 3], der[MAX_DER], *at;
    size_t len = 0, text = strlen(signature);
    if (text != BASE64_RAW ||
        mbedtls_base64_decode(raw, sizeof raw, &len, (const unsigned char *)signature, text) ||
        len != RAW)
        return 0;
    /* One text for one signature: what is left of the last digit must be zero. */
    unsigned char again[BASE64_RAW + 1];
    if (mbedtls_base64_encode(again, sizeof again, &len, raw, RAW) ||
        memcmp(again, signature, BASE64_RAW) != 0)
        return 0;
    len = raw_to_der(raw, der, &at);
    return len && !mbedtls_pk_verify((mbedtls_pk_context *)(uintptr_t)&key->pk, MBEDTLS_MD_SHA256,
                                     digest, 32, at, len);
}

int trust_check(const trust *keys, const json_t *document, const char *what) {
    unsigned char digest[32];
    const char *id = json_string_value(json_object_get(document, "key_id"));
    const char *signature = json_string_value(json_object_get(document, "signature"));
    if (!keys)
        return 0;
    if (!id || !signature)
        return fail(TW_NEGATIVE,
                    "%s: is not signed, and TWOTOWER_PUBLIC_KEYS asks for a signature; publish it "
                    "with TWOTOWER_SIGNING_KEY",
                    what);
    int status = digest_of(document, digest);
    for (size_t i = 0; !status && i < keys->count; i++)
        if (!strcmp(keys->key[i].id, id))
            return is_signed_by(&keys->key[i], digest, signature)
                       ? 0
                       : fail(TW_NEGATIVE,
                              "%s: the signature is not one of this document: it was altered",
                              what);
    return status ? status
                  : fail(TW_NEGATIVE,
                         "%s: is signed by the key %.16s, which is none of the pinned "
                         "ones (TWOTOWER_PUBLIC_KEYS)",
                         what, id);
}
